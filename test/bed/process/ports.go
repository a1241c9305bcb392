package process

import (
	"fmt"
	"net"
	"strings"
	"sync"
)

const portAttempts = 4

// given remembers the ports handed out before, because the kernel may offer one
// again before the program it was meant for has opened it.
var given = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// OnFreePorts calls start with n free loopback ports. A port can be taken by
// someone else before the program opens it: start is then called again with
// other ports. Any other failure is final.
func OnFreePorts(n int, start func(ports []int) error) error {
	for attempt := 1; ; attempt++ {
		ports, err := freePorts(n)
		if err != nil {
			return err
		}
		err = start(ports)
		if err == nil || attempt == portAttempts || !portTaken(err) {
			return err
		}
	}
}

// portTaken looks at the text, because the error is that of another process and
// reaches us in its log.
func portTaken(err error) bool {
	return strings.Contains(err.Error(), "address already in use")
}

func freePorts(n int) ([]int, error) {
	given.Lock()
	defer given.Unlock()
	var ports []int
	// Held until all are found, so that no port comes twice.
	var held []net.Listener
	defer func() {
		for _, listener := range held {
			_ = listener.Close()
		}
	}()
	for len(ports) < n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		held = append(held, listener)
		port := listener.Addr().(*net.TCPAddr).Port
		if !given.ports[port] {
			given.ports[port] = true
			ports = append(ports, port)
		}
	}
	return ports, nil
}
