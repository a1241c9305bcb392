//go:build failpoints

package failpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// A Transport is where the process can die.
type Transport struct {
	base   http.RoundTripper
	naming Naming
	folder string

	mu     sync.Mutex
	armed  string
	counts map[string]int
}

var _ http.RoundTripper = (*Transport)(nil)

// New returns a transport that names what goes through it, and dies where the
// folder says. Without a folder it is base.
func New(folder string, base http.RoundTripper, naming Naming) http.RoundTripper {
	if folder == "" {
		return base
	}
	return &Transport{base: base, naming: naming, folder: folder}
}

// RoundTrip makes one request, or as much of it as there is time for.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	name := t.naming(request)
	if name == "" {
		return t.base.RoundTrip(request)
	}
	effect, armed, err := t.reach(name)
	if err != nil {
		return nil, err
	}
	t.pass(Before+" "+effect, armed)
	response, err := t.base.RoundTrip(request)
	if err == nil {
		t.pass(After+" "+effect, armed)
	}
	return response, err
}

// reach counts an effect of a name, notes that it is about to happen, and
// returns it with what is armed.
func (t *Transport) reach(name string) (effect, armed string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	content, err := os.ReadFile(filepath.Join(t.folder, Armed))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	if armed = string(content); armed != t.armed || t.counts == nil {
		t.armed, t.counts = armed, map[string]int{}
	}
	t.counts[name]++
	effect = fmt.Sprintf("%s #%d", name, t.counts[name])
	return effect, armed, t.note(effect)
}

// note outlives the process: what was written is the kernel's.
func (t *Transport) note(line string) error {
	file, err := os.OpenFile(filepath.Join(t.folder, Reached), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line + "\n")
	return errors.Join(err, file.Close())
}

// pass ends the process if this is where it is to die.
func (t *Transport) pass(moment, armed string) {
	if moment != armed {
		return
	}
	// Nothing that others do meanwhile through this transport comes after the line.
	t.mu.Lock()
	err := t.note(moment)
	if process, found := os.FindProcess(os.Getpid()); found == nil {
		err = errors.Join(err, process.Kill())
	}
	if err != nil {
		panic(err)
	}
	select {} // The signal is on its way.
}
