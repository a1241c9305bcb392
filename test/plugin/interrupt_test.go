package plugin

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TestPatience completes nothing, but soon, where the API server says nothing.
func TestPatience(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	begun := time.Now()
	phonenumber(t, "__complete", "--server=https://"+silent.Addr().String(), "status", "").want(t, 0, ":4")
	// The patience of a TLS handshake is 10 s.
	if waited := time.Since(begun); waited > 7*time.Second {
		t.Errorf("it took %s", waited)
	}
}

// TestInterruptedTwice ends though the API server takes connections and says nothing: what
// is awaited there does not end with the first Ctrl-C.
func TestInterruptedTwice(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	command := exec.CommandContext(t.Context(), program, "status", "anything", "--server=https://"+silent.Addr().String())
	command.Env = environment()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	connection, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	begun := time.Now()
	ended := make(chan struct{})
	go func() {
		// It was killed, or has failed.
		_ = command.Wait()
		close(ended)
	}()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		// It fails only for what has ended.
		_ = command.Process.Signal(os.Interrupt)
		select {
		case <-ended:
			// The patience of a TLS handshake is 10 s.
			if waited := time.Since(begun); waited > 5*time.Second {
				t.Errorf("it ended after %s", waited)
			}
			return
		case <-again.C:
		}
	}
}
