package main

import (
	"os"
	"strings"
	"testing"
)

// A block is a fenced one of a page that is run: a script, and what it prints.
type block struct {
	script string
	// output is compared only if there is one.
	output string
	line   int
}

// readBlocks reads the sh blocks of a page. A text block belongs to the sh block before
// it; blocks of other languages are for people.
func readBlocks(t *testing.T, path string) []block {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	language, inside := "", false
	for i, line := range strings.SplitAfter(string(page), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && inside:
			inside = false
		case isFence:
			inside, language = true, strings.TrimSpace(fence)
			if language == "sh" {
				blocks = append(blocks, block{line: i + 2})
			}
		case inside && language == "sh":
			blocks[len(blocks)-1].script += line
		case inside && language == "text":
			blocks[len(blocks)-1].output += line
		}
	}
	return blocks
}
