// Package layout puts words into columns, and says which of them are good or bad news.
// It knows neither terminals nor what the words are about.
package layout

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Tone says how words are meant, for those who see colours.
type Tone int

// Tones.
const (
	Plain Tone = iota
	Bold
	Good
	Warn
	Bad
	Faint
)

// A Painter shows words in a tone.
type Painter func(tone Tone, words string) string

// Monochrome shows every tone alike.
func Monochrome(_ Tone, words string) string { return words }

var codes = map[Tone]string{Bold: "1", Good: "32", Warn: "33", Bad: "31", Faint: "2"}

// Colours shows tones with the escape sequences of ANSI terminals.
func Colours(tone Tone, words string) string {
	code := codes[tone]
	if code == "" || words == "" {
		return words
	}
	return "\x1b[" + code + "m" + words + "\x1b[0m"
}

// A Cell is a word or a few in one column.
type Cell struct {
	Text string
	Tone Tone
}

// Cells makes plain cells.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

// Head makes the cells of a table's first row.
func Head(titles ...string) []Cell {
	cells := Cells(titles...)
	for i := range cells {
		cells[i].Tone = Bold
	}
	return cells
}

const gap = "   "

// Table puts rows into columns, a line each. The last cell of a row may be as long as it
// likes.
func Table(paint Painter, rows [][]Cell) string {
	widths := widths(rows)
	var table strings.Builder
	for _, row := range rows {
		table.WriteString(line(paint, row, widths) + "\n")
	}
	return table.String()
}

func widths(rows [][]Cell) []int {
	var widths []int
	for _, row := range rows {
		for column, cell := range row[:max(len(row)-1, 0)] {
			widths = slices.Grow(widths, column+1)[:max(len(widths), column+1)]
			widths[column] = max(widths[column], utf8.RuneCountInString(Line(cell.Text)))
		}
	}
	return widths
}

func line(paint Painter, row []Cell, widths []int) string {
	last := len(row) - 1
	for last >= 0 && row[last].Text == "" {
		last--
	}
	var line strings.Builder
	for column, cell := range row[:last+1] {
		text := Line(cell.Text)
		line.WriteString(paint(cell.Tone, text))
		if column < last {
			line.WriteString(strings.Repeat(" ", widths[column]-utf8.RuneCountInString(text)) + gap)
		}
	}
	return line.String()
}

// Line makes of any text, whoever wrote it, one line that a terminal shows as it is.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, ""))
}

// Bar draws how much of a total is done, in so many characters.
func Bar(done, total, width int) string {
	filled := width
	if total > 0 {
		filled = min(max(done, 0), total) * width / total
	}
	return strings.Repeat("█", filled) + strings.Repeat("░", width-filled)
}
