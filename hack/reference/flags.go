package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// A setting is a flag as the help of the manager describes it.
type setting struct{ name, kind, meaning, initial string }

// writeFlags takes what the manager itself prints, so that a flag of a library is there,
// too.
func writeFlags(help io.Reader) error {
	text, err := io.ReadAll(help)
	if err != nil {
		return err
	}
	settings := readHelp(string(text))
	if len(settings) == 0 {
		return fmt.Errorf("the help of the manager names no flag: %q", text)
	}
	return writePage("flags.md", flagPage(settings))
}

var (
	flagLine = regexp.MustCompile(`^  -([a-z-]+)(?: (\S+))?$`)
	flagText = "    \t"
	// atTheEnd is the default that package flag appends, or that a text names itself.
	atTheEnd = regexp.MustCompile(` \(default:? (.*)\)$`)
)

// readHelp reads what package flag prints: a line with the name and the kind of value,
// and lines of text.
func readHelp(help string) []setting {
	var settings []setting
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		if match := flagLine.FindStringSubmatch(line); match != nil {
			settings = append(settings, setting{name: match[1], kind: match[2]})
		} else if text, found := strings.CutPrefix(line, flagText); found && len(settings) > 0 {
			last := &settings[len(settings)-1]
			last.meaning = strings.TrimSpace(last.meaning + " " + text)
		}
	}
	for i := range settings {
		s := &settings[i]
		if match := atTheEnd.FindStringSubmatchIndex(s.meaning); match != nil {
			s.initial, s.meaning = s.meaning[match[2]:match[3]], s.meaning[:match[0]]
		}
	}
	return settings
}

const flagIntroduction = `# Flags of the manager

` + "`callplane-manager --help`" + ` prints them. A value is written as ` + "`--flag=value`" + `. In the chart most are
values under ` + "`manager`" + `; ` + "`extraArgs`" + ` takes the others. A value that cannot be is refused at
the start, with a sentence. The exit code is 2 for a wrong flag and 1 where the manager
cannot go on.

| flag | value | default | meaning |
| --- | --- | --- | --- |
`

func flagPage(settings []setting) string {
	var page strings.Builder
	page.WriteString(flagIntroduction)
	for _, s := range settings {
		kind := s.kind
		if kind == "" {
			kind = "true or false"
		}
		fmt.Fprintf(&page, "| `--%s` | %s | %s | %s |\n", s.name, kind, quoted(s.initial), cell(sentences(s.meaning)))
	}
	return page.String()
}

// quoted is a value as one writes it, or words about a default that is none.
func quoted(initial string) string {
	if initial == "" || strings.Contains(initial, " ") {
		return initial
	}
	return "`" + strings.Trim(initial, `"`) + "`"
}
