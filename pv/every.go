package pv

// Every is a copy of count elements of an array, from first on, each step further. It
// panics if v is not an array, step is below 1 or the elements are not within it.
func (v Value) Every(first, step, count int) Value {
	if !v.array || first < 0 || step < 1 || count < 0 || count > 0 && int64(first)+int64(count-1)*int64(step) >= int64(v.n) {
		panic("pv: slice out of range")
	}
	switch v.kind {
	case String:
		return every[string](v, first, step, count)
	case Int8:
		return every[int8](v, first, step, count)
	case Uint8:
		return every[uint8](v, first, step, count)
	case Int16:
		return every[int16](v, first, step, count)
	case Uint16, Enum:
		w := every[uint16](v, first, step, count)
		w.kind = v.kind
		return w
	case Int32:
		return every[int32](v, first, step, count)
	case Uint32:
		return every[uint32](v, first, step, count)
	case Int64:
		return every[int64](v, first, step, count)
	case Uint64:
		return every[uint64](v, first, step, count)
	case Float32:
		return every[float32](v, first, step, count)
	default:
		return every[float64](v, first, step, count)
	}
}

func every[T Element](v Value, first, step, count int) Value {
	from, _ := Elements[T](v)
	to := make([]T, count)
	for i := range to {
		to[i] = from[first+i*step]
	}
	return ArrayValue(to)
}
