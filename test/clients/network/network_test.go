//go:build linux && clients

package network

import (
	"net"
	"testing"
)

func TestMain(m *testing.M) { Isolate(m.Run) }

// TestLoopbackOnly shows that a program can talk to itself and to nobody else.
func TestLoopbackOnly(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range interfaces {
		if found.Flags&net.FlagLoopback == 0 && found.Flags&net.FlagUp != 0 {
			t.Errorf("%s is up", found.Name)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
}
