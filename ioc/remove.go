package ioc

import (
	"errors"
	"reflect"
)

// Remove takes PVs away, by the names that they were made with; it may be called while
// the IOC runs. Clients are told that their channels are gone, puts that wait fail, the
// context of an OnPut's function under way ends. A PV of the same name, of any type, may
// be made at once: that is how a PV changes its type. What is left in the program of a
// removed one is harmless: Get returns the last value, the other methods do nothing.
//
// The hardware behind a PV stays as it is. Remove does not wait for functions under way,
// and may not be called by a function that a record calls with its lock held, such as
// [device.Source]; an OnPut's may. The error names the PVs that there are not.
func (i *IOC) Remove(names ...string) error {
	var errs []error
	for _, n := range names {
		errs = append(errs, i.database.Remove(i.prefix+n))
	}
	return errors.Join(errs...)
}

// Remove takes the PV away, as [IOC.Remove] does, if it has not gone yet; another PV that
// has taken its name stays.
func (p *PV[T]) Remove() {
	if p.record != nil {
		_ = p.record.Remove() // it may have gone
	}
}

// RemoveGroup takes the PVs away that [IOC.Group] has made of the struct that group
// points to.
func (i *IOC) RemoveGroup(group any) {
	if v := reflect.ValueOf(group); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		empty(v.Elem())
	}
}

func empty(group reflect.Value) {
	for n := range group.NumField() {
		if f := group.Type().Field(n); f.Tag.Get("pv") == "" || !f.IsExported() {
			continue
		}
		switch v := group.Field(n); p := v.Addr().Interface().(type) {
		case *Float, *Int, *Enum, *Text, *Floats: // a group has Remove, too, if a PV is embedded in it
			p.(interface{ Remove() }).Remove()
		default:
			if v.Kind() == reflect.Struct {
				empty(v)
			}
		}
	}
}
