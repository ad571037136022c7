package calc

// link gives the conditionals their jumps and shows that the stack is never
// read below its bottom nor written above its top, whichever way they go. Base
// compiles some expressions with a ? and its : in different arguments, such as
// MAX(A?B,C:D), and fails when it runs them; here they do not compile.
func (c *compiler) link() error {
	for i := range c.code {
		switch c.code[i].op {
		case opIf:
			c.code[i].n = c.match(i, opElse)
		case opElse:
			c.code[i].n = c.match(i, opEnd)
		default:
			continue
		}
		if c.code[i].n < 0 {
			return c.fail(c.pos, BadConditional, "")
		}
	}
	return c.verify()
}

// match is the index of the else or end that belongs to the instruction at i, -1
// if there is none.
func (c *compiler) match(i int, want op) int {
	open := 1
	for j := i + 1; j < len(c.code); j++ {
		switch c.code[j].op {
		case want:
			if open--; open == 0 {
				return j
			}
		case opIf:
			open++
		}
	}
	return -1
}

// verify follows the code, which only jumps forward, once: every instruction
// must find the same number of values on the stack from wherever it is reached.
func (c *compiler) verify() error {
	const unreached = -1
	depths := make([]int, len(c.code)+1)
	for i := range depths {
		depths[i] = unreached
	}
	reach := func(i, depth int) bool {
		if depths[i] == unreached {
			depths[i] = depth
		}
		return depths[i] == depth
	}
	reach(0, 0)
	for i, in := range c.code {
		if depths[i] == unreached {
			continue
		}
		takes, gives := c.uses(in)
		depth := depths[i] - takes
		if depth < 0 {
			return c.fail(c.pos, Underflow, "")
		}
		depth += gives
		if depth > MaxStack {
			return c.fail(c.pos, Overflow, "")
		}
		ok := true
		switch in.op {
		case opElse:
			ok = reach(in.n+1, depth)
		case opIf:
			ok = reach(i+1, depth) && reach(in.n+1, depth)
		default:
			ok = reach(i+1, depth)
		}
		if !ok {
			return c.fail(c.pos, BadConditional, "the two sides of a conditional yield different numbers of values")
		}
	}
	if depths[len(c.code)] != 1 {
		return c.fail(c.pos, Incomplete, "")
	}
	return nil
}

// uses is the number of values an instruction takes from the stack and gives
// back.
func (c *compiler) uses(in instr) (takes, gives int) {
	switch in.op {
	case opLiteral, opFetch, opLast, opRandom:
		return 0, 1
	case opStore, opIf:
		return 1, 0
	case opElse, opEnd:
		return 0, 0
	case opMax, opMin, opFinite, opIsNaN:
		return in.n, 1
	case opCall:
		return c.calls[in.n].n, 1
	default:
		if in.op.binary() {
			return 2, 1
		}
		return 1, 1
	}
}
