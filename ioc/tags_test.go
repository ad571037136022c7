package ioc

import (
	"reflect"
	"testing"
)

func FuzzTags(f *testing.F) {
	f.Add(`pv:"VOLT" egu:"V" prec:"3" drive:"0,30" states:"a,b" readonly:"true"`)
	f.Add(`pv:"X" high:"40,MAJOR" scan:"1s" size:"-1"`)
	f.Add(`json:"x" pv:"" `)
	f.Fuzz(func(t *testing.T, text string) {
		tag := reflect.StructTag(text)
		got, err := parseTags(tag)
		if got.name != tag.Get("pv") {
			t.Errorf("name %q, want %q", got.name, tag.Get("pv"))
		}
		var d description
		for _, o := range got.options {
			if o == nil && err == nil {
				t.Fatal("an option that is none")
			}
			if o != nil {
				o(&d)
			}
		}
	})
}
