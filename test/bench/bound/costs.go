package bound

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Cost is a count of the first table of docs/costs.md: what each number takes, and
// what is taken once for all that come or go at a time.
type Cost struct{ Each, Once int }

// Costs are one row of that table.
type Costs struct{ Twilio, LiveKit, Writes Cost }

// Calls are what each number takes.
func (c Costs) Calls() Calls { return Calls{Twilio: c.Twilio.Each, LiveKit: c.LiveKit.Each} }

// ReadCosts reads the first table of docs/costs.md, by lifecycle.
func ReadCosts(page io.Reader) (map[string]Costs, error) {
	costs := map[string]Costs{}
	lines := bufio.NewScanner(page)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "## ") {
		cells := strings.Split(strings.Trim(lines.Text(), "|"), "|")
		if len(cells) != 4 || !strings.ContainsAny(cells[1], "0123456789") {
			continue
		}
		row, err := readRow(cells[1:])
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", lines.Text(), err)
		}
		costs[strings.TrimSpace(cells[0])] = row
	}
	return costs, lines.Err()
}

func readRow(cells []string) (Costs, error) {
	var counts [3]Cost
	for i, cell := range cells {
		each, once, both := strings.Cut(cell, "+")
		var err error
		if counts[i].Each, err = strconv.Atoi(strings.TrimSpace(each)); err != nil {
			return Costs{}, err
		}
		if !both {
			continue
		}
		if counts[i].Once, err = strconv.Atoi(strings.TrimSpace(once)); err != nil {
			return Costs{}, err
		}
	}
	return Costs{Twilio: counts[0], LiveKit: counts[1], Writes: counts[2]}, nil
}

// Rows of the table that the benchmark goes by.
const (
	ProvisionOwn    = "Provision, inbound"
	TeardownOwn     = "Teardown, inbound"
	ProvisionShared = "Provision, inbound, on a shared trunk"
	TeardownShared  = "Teardown, inbound, on a shared trunk"
)
