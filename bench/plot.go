package main

import (
	"fmt"
	"math"
	"strings"
)

// plot is a picture of the cost of operations over the number of something: panels
// beside each other, each with a curve for every server.
type plot struct {
	title, x string
	panels   []panel
}

type panel struct {
	title  string
	curves []curve
}

type curve struct {
	name string
	x    []int
	y    []float64 // NaN: none
}

// Sizes in the picture's own units.
const (
	panelWidth, panelHeight = 240, 230
	left, right             = 44, 12
	top, bottom             = 58, 42
)

// svg draws the plot: x logarithmic, y from zero. Colours follow the reader's light
// or dark surroundings.
func (p plot) svg() string {
	var b strings.Builder
	width, height := panelWidth*len(p.panels), panelHeight+24
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">
<style>
text { font: 11px sans-serif; fill: #24292f } .title { font-weight: bold; font-size: 12px }
.axis { stroke: #8c959f; fill: none } .grid { stroke: #8c959f; stroke-opacity: .3 }
.c0 { stroke: #0969da } .c1 { stroke: #bc4c00 } .c0, .c1 { fill: none; stroke-width: 2 }
.d0 { fill: #0969da } .d1 { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .c0 { stroke: #58a6ff } .c1 { stroke: #f0883e } .d0 { fill: #58a6ff } .d1 { fill: #f0883e }
}
</style>
<text class="title" x="%d" y="16">%s</text>
`, width, height, width, height, p.title, left, p.title)
	for i, panel := range p.panels {
		fmt.Fprintf(&b, "<g transform=\"translate(%d,24)\">\n", i*panelWidth)
		panel.draw(&b, p.x)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p panel) draw(b *strings.Builder, label string) {
	lowest, highest, most := math.Inf(1), 0.0, 0.0
	for _, c := range p.curves {
		for i, x := range c.x {
			lowest, highest = min(lowest, float64(x)), max(highest, float64(x))
			if !math.IsNaN(c.y[i]) {
				most = max(most, c.y[i])
			}
		}
	}
	step := tick(most)
	scale := step * math.Ceil(most/step)
	w, h := float64(panelWidth-left-right), float64(panelHeight-top-bottom)
	px := func(x int) float64 {
		return left + w*math.Log(float64(x)/lowest)/math.Log(highest/lowest)
	}
	py := func(y float64) float64 { return top + h*(1-y/scale) }
	fmt.Fprintf(b, "<text x=\"%d\" y=\"16\">%s</text>\n", left, p.title)
	for y := 0.0; y < scale+step/2; y += step {
		fmt.Fprintf(b, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n",
			left, py(y), panelWidth-right, left-5, py(y)+4, y)
	}
	for _, x := range p.curves[0].x {
		fmt.Fprintf(b, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
			px(x), py(0), px(x), py(0)+16, short(x))
	}
	fmt.Fprintf(b, "<path class=\"axis\" d=\"M%d %.1fH%d\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
		left, py(0), panelWidth-right, left+w/2, py(0)+32, label)
	for i, c := range p.curves {
		fmt.Fprintf(b, "<circle class=\"d%d\" cx=\"%d\" cy=\"30\" r=\"4\"/><text x=\"%d\" y=\"34\">%s</text>\n", i, left+4+i*80, left+12+i*80, c.name)
		pen := byte('M')
		var line strings.Builder
		for k, x := range c.x {
			if math.IsNaN(c.y[k]) {
				pen = 'M'
				continue
			}
			fmt.Fprintf(&line, "%c%.1f %.1f", pen, px(x), py(c.y[k]))
			fmt.Fprintf(b, "<circle class=\"d%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", i, px(x), py(c.y[k]))
			pen = 'L'
		}
		fmt.Fprintf(b, "<path class=\"c%d\" d=\"%s\"/>\n", i, line.String())
	}
}

// tick is a round distance between lines that divides most into two to five.
func tick(most float64) float64 {
	if most <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(most)))
	switch n := most / step; {
	case n < 2:
		return step / 2
	case n < 5:
		return step
	}
	return step * 2
}

// short writes 10000 as 10k.
func short(n int) string {
	if n >= 1000 {
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

// table is the plot's numbers in Markdown.
func (p plot) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |", p.x)
	for _, x := range p.panels[0].curves[0].x {
		fmt.Fprintf(&b, " %s |", short(x))
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(p.panels[0].curves[0].x)) + "\n")
	for _, panel := range p.panels {
		for _, c := range panel.curves {
			fmt.Fprintf(&b, "| %s, %s |", panel.title, c.name)
			for _, y := range c.y {
				fmt.Fprintf(&b, " %s |", quantity(y, ""))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
