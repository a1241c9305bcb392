package explore

import "sync"

// window bounds what is found and not yet added.
const window = 64

// sideBySide works on what comes next, on several at once, and adds what it finds in
// order. What comes next may depend on what was added: every run is the same.
func sideBySide[T, R any](workers int, next func() (T, bool), work func(T) R, add func(T, R)) {
	type job struct {
		item   T
		result chan R
	}
	jobs := make(chan job, window)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for job := range jobs {
				job.result <- work(job.item)
			}
		})
	}
	var begun []job
	for item, more := next(); more || len(begun) > 0; item, more = next() {
		if more {
			begun = append(begun, job{item, make(chan R, 1)})
			jobs <- begun[len(begun)-1]
		}
		if !more || len(begun) == window {
			add(begun[0].item, <-begun[0].result)
			begun = begun[1:]
		}
	}
	close(jobs)
	group.Wait()
}

// each goes through items.
func each[T any](items []T) func() (T, bool) {
	return func() (item T, more bool) {
		if len(items) == 0 {
			return item, false
		}
		item, items = items[0], items[1:]
		return item, true
	}
}
