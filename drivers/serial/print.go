package serial

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// print appends the command that sets c to v, terminator included.
func (c *channel) print(dst []byte, v pv.Value) ([]byte, error) {
	if c.write.Args() == 0 {
		dst, err := c.write.Append(dst)
		return append(dst, c.device.out...), err
	}
	if c.count == 0 && c.writeConv.Kind == format.String {
		v = textOfBytes(v)
	}
	if v.Kind() == pv.Invalid {
		return dst, errors.New("no value")
	}
	if c.count == 0 && v.IsArray() {
		if v.Len() != 1 {
			return dst, fmt.Errorf("%d elements for one converter", v.Len())
		}
		v = v.At(0)
	}
	if c.count > 0 && v.Len() > c.count {
		return dst, fmt.Errorf("%d elements, at most %d are allowed", v.Len(), c.count)
	}
	if c.writeArray != nil {
		dst, err := c.writeArray.Append(dst, v.Len(), func(i int) (format.Arg, error) { return argOf(v.At(i), &c.writeConv) })
		return append(dst, c.device.out...), err
	}
	arg, err := argOf(v, &c.writeConv)
	if err != nil {
		return dst, err
	}
	if dst, err = c.write.Append(dst, arg); err != nil {
		return dst, err
	}
	return append(dst, c.device.out...), nil
}

// textOfBytes makes a text of an array of bytes, which is how long strings travel.
func textOfBytes(v pv.Value) pv.Value {
	b, ok := pv.Elements[uint8](v)
	if s, signed := pv.Elements[int8](v); signed {
		for _, c := range s {
			b = append(b, byte(c))
		}
		ok = true
	}
	if !ok {
		return v
	}
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return pv.StringValue(string(b))
}

// argOf is the scalar v as conv takes it.
func argOf(v pv.Value, conv *format.Converter) (format.Arg, error) {
	text := v.Kind() == pv.String
	s := v.Str()
	switch conv.Kind {
	case format.String:
		switch {
		case text:
			return format.Text(s), nil
		case v.Kind().IsFloat():
			return format.Text(strconv.FormatFloat(v.Float64(), 'g', -1, 64)), nil
		case v.Kind() == pv.Uint64:
			return format.Text(strconv.FormatUint(uint64(v.Int64()), 10)), nil
		}
		return format.Text(strconv.FormatInt(v.Int64(), 10)), nil
	case format.Enum:
		if !text {
			break
		}
		for _, choice := range conv.Choices {
			if choice.Text == s {
				return format.Choice(choice.Value), nil
			}
		}
	case format.Long:
		if text && conv.Verb == 'c' {
			return format.Text(s), nil
		}
	}
	if text {
		x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return format.Arg{}, fmt.Errorf("%q is not what %s takes", s, conv.Source)
		}
		return format.Float(x), nil
	}
	if v.Kind().IsFloat() || v.Kind() == pv.Uint64 && v.Int64() < 0 {
		return format.Float(v.Float64()), nil
	}
	return format.Int(v.Int64()), nil
}
