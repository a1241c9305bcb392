package budget

// A line is the visits of one lane that wait. Namespaces take turns; within one, who
// came first goes first. Whoever has left is skipped.
type line struct {
	// size counts those that have not left.
	size       int
	namespaces []string
	waiting    map[string][]*parked
}

func (l *line) push(visit *parked) {
	if l.waiting == nil {
		l.waiting = map[string][]*parked{}
	}
	if len(l.waiting[visit.Namespace]) == 0 {
		l.namespaces = append(l.namespaces, visit.Namespace)
	}
	l.waiting[visit.Namespace] = append(l.waiting[visit.Namespace], visit)
	l.size++
}

// first is whose turn it is; nil if nobody waits.
func (l *line) first() *parked {
	for len(l.namespaces) > 0 {
		namespace := l.namespaces[0]
		for queue := l.waiting[namespace]; len(queue) > 0; queue = queue[1:] {
			if queue[0].at != nil {
				l.waiting[namespace] = queue
				return queue[0]
			}
		}
		delete(l.waiting, namespace)
		l.namespaces = l.namespaces[1:]
	}
	return nil
}

// pop takes out who is first, and sends its namespace to the end.
func (l *line) pop() {
	namespace := l.namespaces[0]
	l.namespaces = l.namespaces[1:]
	l.waiting[namespace] = l.waiting[namespace][1:]
	if len(l.waiting[namespace]) > 0 {
		l.namespaces = append(l.namespaces, namespace)
	} else {
		delete(l.waiting, namespace)
	}
	l.size--
}

// drop notes that somebody has left.
func (l *line) drop() { l.size-- }
