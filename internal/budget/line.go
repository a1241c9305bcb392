package budget

// A line is the visits of one lane that wait. Namespaces take turns; within one, who
// came first goes first, and before all who were first elsewhere. Whoever has left is
// skipped.
type line struct {
	// size counts those that have not left.
	size       int
	favoured   []*parked
	namespaces []string
	waiting    map[string][]*parked
}

func (l *line) push(visit *parked, first bool) {
	l.size++
	if first {
		l.favoured = append(l.favoured, visit)
		return
	}
	if l.waiting == nil {
		l.waiting = map[string][]*parked{}
	}
	if len(l.waiting[visit.Namespace]) == 0 {
		l.namespaces = append(l.namespaces, visit.Namespace)
	}
	l.waiting[visit.Namespace] = append(l.waiting[visit.Namespace], visit)
}

// first is whose turn it is; nil if nobody waits.
func (l *line) first() *parked {
	if l.favoured = present(l.favoured); len(l.favoured) > 0 {
		return l.favoured[0]
	}
	for len(l.namespaces) > 0 {
		namespace := l.namespaces[0]
		if queue := present(l.waiting[namespace]); len(queue) > 0 {
			l.waiting[namespace] = queue
			return queue[0]
		}
		delete(l.waiting, namespace)
		l.namespaces = l.namespaces[1:]
	}
	return nil
}

// present skips those at the beginning that have left.
func present(visits []*parked) []*parked {
	for len(visits) > 0 && visits[0].at == nil {
		visits = visits[1:]
	}
	return visits
}

// pop takes out who is first, and sends its namespace to the end.
func (l *line) pop() {
	l.size--
	if len(l.favoured) > 0 {
		l.favoured = l.favoured[1:]
		return
	}
	namespace := l.namespaces[0]
	l.namespaces = l.namespaces[1:]
	l.waiting[namespace] = l.waiting[namespace][1:]
	if len(l.waiting[namespace]) > 0 {
		l.namespaces = append(l.namespaces, namespace)
	} else {
		delete(l.waiting, namespace)
	}
}

// drop notes that somebody has left.
func (l *line) drop() { l.size-- }
