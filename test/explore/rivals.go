package explore

// rivalry stops a manager before each effect of a visit, lets others work that took
// over from it, and lets it go on.
func (w World) rivalry(s *system, actor Actor) []transition {
	clean := w.repeat(s, move{visit: Visit{Actor: actor}})
	var all []transition
	for at := range clean.effects {
		for _, others := range w.meanwhiles(actor) {
			all = append(all, w.repeat(s, move{visit: Visit{Actor: actor, StoppedAt: at, Meanwhile: others}}))
		}
	}
	return all
}

// meanwhiles are what happens while a manager is stopped: one to three visits of
// another, after nothing, a deletion, or a while.
func (w World) meanwhiles(actor Actor) [][]move {
	visit := move{visit: Visit{Actor: actor}}
	var all [][]move
	begins := [][]move{nil}
	for _, event := range w.allEvents() {
		begins = append(begins, []move{{event: &event}})
	}
	for _, begin := range begins {
		for visits := 1; visits <= 3; visits++ {
			moves := append([]move{}, begin...)
			for range visits {
				moves = append(moves, visit)
			}
			all = append(all, moves)
		}
	}
	return all
}
