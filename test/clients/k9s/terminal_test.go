//go:build clients

package k9s

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/world"
)

// settings have k9s ask nobody for newer versions, and look again every second or two.
const settings = `k9s:
  skipLatestRevCheck: true
  refreshRate: 2
  liveViewAutoRefresh: true
  ui: {splashless: true, logoless: true, noIcons: true}
`

// A terminal is one that k9s runs in, as a person would have it.
type terminal struct {
	folder string
}

// startK9s starts the real k9s with the files of config/k9s, in a terminal of tmux.
func startK9s(t *testing.T, w *world.World) terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing: k9s needs a terminal, and tmux is one that a test can type into. Install tmux.")
	}
	program, err := assets.Client("k9s")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "k9s") //nolint:usetesting // the path of tmux's socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	term := terminal{folder: folder}
	if err := os.CopyFS(filepath.Join(folder, "config"), os.DirFS(stage.InRepository(t, "config/k9s"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config", "config.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := w.Plane.WriteKubeconfig(kubeconfig, w.Namespace); err != nil {
		t.Fatal(err)
	}
	term.nameContext(t, "a bed; exit 1")
	t.Cleanup(func() { term.end(t) })
	term.tmux(t, "-f", "/dev/null", "start-server", ";", "set-option", "-g", "default-terminal", "xterm-256color", ";", "new-session", "-d", "-x", "150", "-y", "40",
		program, "--command", "phonenumbers", "--namespace", w.Namespace, "--logLevel", "debug", "--logFile", filepath.Join(folder, "k9s.log"))
	return term
}

// environment is k9s's own: its home and its files are the test's.
func (term terminal) environment(t *testing.T) []string {
	t.Helper()
	kubectl, err := assets.Kubernetes("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	within := func(name string) string { return filepath.Join(term.folder, name) }
	return append(process.Environment(
		"HOME="+within("home"), "TMUX_TMPDIR="+term.folder, "KUBECONFIG="+within("kubeconfig"),
		"K9S_CONFIG_DIR="+within("config"), "XDG_CONFIG_HOME="+within("xdg"), "XDG_DATA_HOME="+within("data"), "XDG_STATE_HOME="+within("state"), "XDG_CACHE_HOME="+within("cache"),
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "PAGER=less", "SHELL=/bin/sh",
	), "PATH="+filepath.Dir(kubectl)+":"+os.Getenv("PATH"))
}

// nameContext gives the context a name: one from a kubeconfig of somebody else may be
// anything, and no key may have a shell read it.
func (term terminal) nameContext(t *testing.T, name string) {
	t.Helper()
	kubectl, err := assets.Kubernetes("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	rename := exec.CommandContext(t.Context(), kubectl, "config", "rename-context", "bed", name)
	rename.Env = term.environment(t)
	if output, err := rename.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

func (term terminal) tmux(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "tmux", append([]string{"-u", "-L", "k9s"}, arguments...)...)
	command.Env = term.environment(t)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v: %s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

func (term terminal) end(t *testing.T) {
	t.Helper()
	if t.Failed() {
		log, _ := os.ReadFile(filepath.Join(term.folder, "k9s.log"))
		t.Logf("the end of k9s's log:\n%s", log[max(0, len(log)-4000):])
	}
	command := exec.Command("tmux", "-L", "k9s", "kill-server")
	command.Env = term.environment(t)
	_ = command.Run() // it has ended already if k9s has
	if err := os.RemoveAll(term.folder); err != nil {
		t.Error(err)
	}
}

// press presses keys, by the names that tmux has for them.
func (term terminal) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		term.tmux(t, "send-keys", "-t", ":0", key)
	}
}

// write types text as it is.
func (term terminal) write(t *testing.T, text string) {
	t.Helper()
	term.tmux(t, "send-keys", "-t", ":0", "-l", text)
}

// screen is the text that a person sees.
func (term terminal) screen(t *testing.T) string {
	t.Helper()
	return term.tmux(t, "capture-pane", "-t", ":0", "-p")
}

// await waits until the screen shows all of it.
func (term terminal) await(t *testing.T, wanted ...string) string {
	t.Helper()
	screen := ""
	stage.Eventually(t, "k9s to show "+strings.Join(wanted, ", "), func(context.Context) string {
		screen = term.screen(t)
		for _, text := range wanted {
			if !strings.Contains(screen, text) {
				return "it lacks " + text + ":\n" + screen
			}
		}
		return ""
	})
	return screen
}

// awaitRow waits until a row shows the texts in this order.
func (term terminal) awaitRow(t *testing.T, cells ...string) {
	t.Helper()
	row := regexp.MustCompile(`(?m)^.*` + quoted(cells) + `.*$`)
	stage.Eventually(t, "a row with "+strings.Join(cells, ", "), func(context.Context) string {
		if screen := term.screen(t); !row.MatchString(screen) {
			return "k9s shows:\n" + screen
		}
		return ""
	})
}

// awaitWithout waits until a text is not on the screen any more.
func (term terminal) awaitWithout(t *testing.T, text string) {
	t.Helper()
	stage.Eventually(t, "k9s not to show "+text, func(context.Context) string {
		if screen := term.screen(t); strings.Contains(screen, text) {
			return "it does:\n" + screen
		}
		return ""
	})
}

// colour is that of the row in which a text first stands, as red, green and blue: that of
// the letters or, in the row that is chosen, what is behind the black ones.
func (term terminal) colour(t *testing.T, text string) string {
	t.Helper()
	before, _, found := strings.Cut(term.tmux(t, "capture-pane", "-t", ":0", "-e", "-p"), text)
	if !found {
		return ""
	}
	if letters := lastColour(before, "38"); letters != "0;0;0" {
		return letters
	}
	return lastColour(before, "48")
}

// lastColour reads the escape sequences of a terminal with true colours: 38 is that of
// letters, 48 that behind them.
func lastColour(text, which string) string {
	last := ""
	for _, match := range regexp.MustCompile(which+`;2;(\d+;\d+;\d+)`).FindAllStringSubmatch(text, -1) {
		last = match[1]
	}
	return last
}

func quoted(cells []string) string {
	quoted := make([]string, len(cells))
	for i, cell := range cells {
		quoted[i] = regexp.QuoteMeta(cell)
	}
	return strings.Join(quoted, `\s.*?`)
}
