package budget

// A ceiling finds out how many calls at once a provider takes from us, of which it
// says no number. It begins with what is allowed. When the provider has too many, it
// falls to what is known to work, or to half, and then tries one more after as many
// successes, later each time that this fails.
//
// A provider that says how many it has under way lets two things be told apart: those
// are more than it has ever taken, or it refuses calls for another cause, and fewer of
// them would change nothing.
type ceiling struct {
	// most is what is allowed, and size what is used of it.
	most, size int
	// proven is the highest number under way, of whomever, with which a call succeeded
	// lately; doubts are the refusals since that would be no cause to fall.
	proven, doubts int
	// answers came since size was changed, successes among them, and patience is how many
	// of those it takes to try one more.
	answers, successes, patience int
	trying                       bool
}

// maxPatience keeps an account that others have left from staying slow: at ten calls
// a second one more is tried every two minutes.
const maxPatience = 1000

// maxDoubts is how many refusals in a row show that what has worked no longer does.
const maxDoubts = 4

func newCeiling(most int) ceiling { return ceiling{most: most, size: most, patience: most} }

// allow changes what is allowed; what was found out still holds below it.
func (c *ceiling) allow(most int) {
	switch {
	case c.most == 0 || c.size == c.most:
		*c = newCeiling(most)
	default:
		c.most, c.size = most, min(c.size, most)
	}
}

// succeeded notes an answer while ours were under way, and as many as the provider
// said in all; 0 if it did not say.
func (c *ceiling) succeeded(ours, all int) {
	if all > 0 && all >= c.proven {
		c.proven, c.doubts = all, 0
	}
	c.answers++
	c.successes++
	if c.trying && ours >= c.size {
		c.trying, c.patience = false, c.size
	}
	if c.size < c.most && c.successes >= c.patience {
		c.size, c.answers, c.successes, c.trying = c.size+1, 0, 0, true
	}
}

// throttled notes a refusal, with the numbers that succeeded has.
func (c *ceiling) throttled(ours, all int) {
	c.answers++
	switch {
	case all > 0 && all <= c.proven && c.doubts < maxDoubts:
		c.doubts++
		return
	case all > 0 && all <= c.proven:
		c.proven, c.doubts = c.proven/2, 0
	}
	target := c.size / 2
	switch {
	case c.proven > 0:
		target = c.proven - max(all-ours, 0)
	case c.trying:
		target = c.size - 1
	case c.answers <= c.size && c.size < c.most:
		return // the call began before the last fall
	}
	if target = max(target, 1); target < c.size {
		if c.trying {
			c.patience = min(c.patience*2, maxPatience)
		}
		c.size, c.answers, c.successes, c.trying = target, 0, 0, false
	}
}
