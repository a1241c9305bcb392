package explore

// An edge is a visit without a fault.
type edge struct {
	to      *state
	mutates bool
	step    string
}

// hotLoops finds visits without a fault that change something at a provider and
// lead back, over other such visits, to where they began: nothing would end them.
func (e *explorer) hotLoops() []Violation {
	var found []Violation
	for _, s := range e.known {
		for _, edge := range s.calm {
			if edge.mutates && reaches(edge.to, s) {
				found = append(found, Violation{What: "a hot loop: a visit without a fault leads back to where it began", Path: append(s.path(), edge.step)})
			}
		}
	}
	return found
}

// reaches reports whether visits without a fault lead from one state to another.
func reaches(from, to *state) bool {
	seen := map[*state]bool{from: true}
	for queue := []*state{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, edge := range queue[0].calm {
			if !seen[edge.to] {
				seen[edge.to] = true
				queue = append(queue, edge.to)
			}
		}
	}
	return false
}
