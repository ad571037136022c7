package calc

import "math"

// op is an operation of the stack machine.
type op uint8

const (
	opNone op = iota // a parenthesis: no code
	opLiteral
	opFetch
	opStore
	opLast // VAL
	opRandom
	opMax
	opMin
	opFinite
	opIsNaN
	opIf   // jump to n if zero
	opElse // jump to n
	opEnd  // end of a conditional
	opCall

	// On one value.
	opNeg
	opAbs
	opExp
	opLog10
	opLn
	opSqrt
	opAcos
	opAsin
	opAtan
	opCos
	opSin
	opTan
	opCosh
	opSinh
	opTanh
	opCeil
	opFloor
	opIsInf
	opNint
	opNot
	opBitNot

	// On two values.
	opAdd
	opSub
	opMul
	opDiv
	opMod
	opPow
	opAtan2
	opFmod
	opOr
	opAnd
	opBitOr
	opBitAnd
	opBitXor
	opShiftRight
	opShiftLeft
	opShiftRightLogic
	opNotEqual
	opLess
	opLessEqual
	opEqual
	opGreaterEqual
	opGreater
)

// binary reports whether o makes one value of two.
func (o op) binary() bool { return o >= opAdd }

// Eval runs p on vars, which the expression may change with :=, and returns its
// value. last is the result of the run before, the value of VAL. It does not
// block, always ends and does not allocate (functions of the caller may). An
// error is a [*VarsError].
func (p *Program) Eval(vars []float64, last float64) (float64, error) {
	if len(vars) < p.vars {
		return 0, &VarsError{Got: len(vars), Want: p.vars}
	}
	var stack [MaxStack]float64
	top := -1 // verify has shown that top stays within the stack
	for pc := 0; pc < len(p.code); pc++ {
		in := &p.code[pc]
		switch in.op {
		case opLiteral:
			top++
			stack[top] = in.v
		case opFetch:
			top++
			stack[top] = vars[in.n]
		case opLast:
			top++
			stack[top] = last
		case opRandom:
			top++
			stack[top] = p.random()
		case opStore:
			vars[in.n] = stack[top]
			top--
		case opIf:
			if stack[top] == 0 {
				pc = in.n
			}
			top--
		case opElse:
			pc = in.n
		case opEnd:
		case opMax, opMin, opFinite, opIsNaN:
			base := top - in.n + 1
			stack[base] = fold(in.op, stack[base:top+1])
			top = base
		case opCall:
			c := &p.calls[in.n]
			base := top - c.n + 1
			args := p.args[:c.n]
			copy(args, stack[base:top+1])
			stack[base] = c.f(args)
			top = base
		default:
			if in.op.binary() {
				top--
				stack[top] = binary(in.op, stack[top], stack[top+1])
			} else {
				stack[top] = unary(in.op, stack[top])
			}
		}
	}
	return stack[0], nil
}

// fold is a function of any number of arguments. The result of MAX and MIN is
// NaN if an argument is.
func fold(o op, args []float64) float64 {
	r := args[len(args)-1]
	switch o {
	case opFinite:
		r = truth(isFinite(r))
	case opIsNaN:
		r = truth(r != r)
	}
	for i := len(args) - 2; i >= 0; i-- {
		x := args[i]
		switch o {
		case opMax:
			if x >= r || x != x {
				r = x
			}
		case opMin:
			if x <= r || x != x {
				r = x
			}
		case opFinite:
			r = truth(r != 0 && isFinite(x))
		case opIsNaN:
			r = truth(r != 0 || x != x)
		}
	}
	return r
}

func isFinite(x float64) bool { return x-x == 0 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func unary(o op, x float64) float64 {
	switch o {
	case opNeg:
		return -x
	case opAbs:
		return math.Abs(x)
	case opExp:
		return math.Exp(x)
	case opLog10:
		return math.Log10(x)
	case opLn:
		return math.Log(x)
	case opSqrt:
		return math.Sqrt(x)
	case opAcos:
		return math.Acos(x)
	case opAsin:
		return math.Asin(x)
	case opAtan:
		return math.Atan(x)
	case opCos:
		return math.Cos(x)
	case opSin:
		return math.Sin(x)
	case opTan:
		return math.Tan(x)
	case opCosh:
		return math.Cosh(x)
	case opSinh:
		return math.Sinh(x)
	case opTanh:
		return math.Tanh(x)
	case opCeil:
		return math.Ceil(x)
	case opFloor:
		return math.Floor(x)
	case opIsInf:
		return truth(math.IsInf(x, 1)) - truth(math.IsInf(x, -1))
	case opNint:
		if x >= 0 {
			return float64(toInt32(x + 0.5))
		}
		return float64(toInt32(x - 0.5))
	case opNot:
		return truth(x == 0)
	case opBitNot:
		return float64(^bits(x))
	}
	return math.NaN()
}

func binary(o op, a, b float64) float64 {
	switch o {
	case opAdd:
		return a + b
	case opSub:
		return a - b
	case opMul:
		return a * b
	case opDiv:
		return a / b
	case opMod:
		d := toInt32(b)
		if d == 0 {
			return math.NaN()
		}
		return float64(toInt32(a) % d)
	case opPow:
		return math.Pow(a, b)
	case opAtan2:
		return math.Atan2(b, a) // base has the arguments backwards
	case opFmod:
		return math.Mod(a, b)
	case opOr:
		return truth(a != 0 || b != 0)
	case opAnd:
		return truth(a != 0 && b != 0)
	case opBitOr:
		return float64(bits(a) | bits(b))
	case opBitAnd:
		return float64(bits(a) & bits(b))
	case opBitXor:
		return float64(bits(a) ^ bits(b))
	case opShiftRight:
		return float64(bits(a) >> (bits(b) & 31))
	case opShiftLeft:
		return float64(bits(a) << (bits(b) & 31))
	case opShiftRightLogic:
		return float64(uint32(bits(a)) >> (bits(b) & 31))
	case opNotEqual:
		return truth(a != b)
	case opLess:
		return truth(a < b)
	case opLessEqual:
		return truth(a <= b)
	case opEqual:
		return truth(a == b)
	case opGreaterEqual:
		return truth(a >= b)
	case opGreater:
		return truth(a > b)
	}
	return math.NaN()
}

// toInt32 is C's conversion of a double to a 32-bit integer as x86 does it: what
// does not fit is the smallest integer. Go leaves it to the machine.
func toInt32(x float64) int32 {
	if x > -1<<31-1 && x < 1<<31 {
		return int32(x)
	}
	return math.MinInt32
}

// bits is the operand of a bitwise operator: negative numbers as toInt32, others
// truncated to 32 bits, those of 2^63 and more and NaN as 0.
func bits(x float64) int32 {
	switch {
	case x < 0:
		return toInt32(x)
	case x < 1<<63:
		return int32(uint32(uint64(x)))
	default:
		return 0
	}
}
