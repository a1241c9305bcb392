package plugin

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// A result is what somebody at a shell sees of a command.
type result struct {
	stdout, stderr string
	code           int
}

// environment is that of a person with a kubeconfig and nothing else.
func environment(extra ...string) []string {
	kubeconfig := "KUBECONFIG=" + filepath.Join(home, "kubeconfig")
	return process.Environment(append([]string{"HOME=" + home, kubeconfig}, extra...)...)
}

// phonenumber runs the plugin. Nobody answers what it asks.
func phonenumber(t *testing.T, arguments ...string) result {
	t.Helper()
	return typed(t, "", arguments...)
}

// typed runs the plugin with something that is answered.
func typed(t *testing.T, answer string, arguments ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = environment()
	return finished(t, command, answer)
}

func finished(t *testing.T, command *exec.Cmd, answer string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(answer), &stdout, &stderr
	err := command.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatalf("%v: %v", command.Args, err)
	}
	got := result{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
	if os.Getenv("SHOW") != "" {
		t.Logf("$ kubectl phonenumber %s\n%s%s(exit code %d)", strings.Join(command.Args[1:], " "), got.stdout, got.stderr, got.code)
	}
	return got
}

// want sees how a command ended, and that it said something.
func (r result) want(t *testing.T, code int, said ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("the exit code is %d, want %d", r.code, code)
	}
	for _, words := range said {
		if !strings.Contains(r.stdout+r.stderr, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if t.Failed() {
		t.Fatalf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
	}
}

// eventually polls until missing returns "".
func eventually(t *testing.T, what string, missing func(context.Context) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		last := missing(ctx)
		if last == "" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %s", patience, what, last)
		case <-tick.C:
		}
	}
}

// number makes a number in an account, and its object, and waits until it is Active.
func number(t *testing.T, name, e164 string, change ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	t.Helper()
	object := w.PhoneNumber(name, append(change, func(n *v1alpha1.PhoneNumber) { n.Spec.Number = e164 })...)
	sid := w.Account.SID
	if object.Spec.CarrierRef.Name == "second" {
		sid = second.SID
	}
	if !owned(sid, e164) {
		w.Twilio.AddNumber(sid, e164, twiliosim.NumberOptions{})
	}
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	awaitActive(t, object)
	return object
}

func owned(account, e164 string) bool {
	for _, number := range w.Twilio.Numbers(account) {
		if number.PhoneNumber == e164 {
			return true
		}
	}
	return false
}

func awaitActive(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	eventually(t, number.Name+" to be Active", func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
			return err.Error()
		}
		if !meta.IsStatusConditionTrue(number.Status.Conditions, v1alpha1.ConditionReady) {
			return "it is not Ready"
		}
		return ""
	})
}

func gone(t *testing.T, object client.Object) bool {
	t.Helper()
	err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object)
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return err != nil
}

func patch(t *testing.T, object client.Object, text string) {
	t.Helper()
	if err := w.Client.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(text))); err != nil {
		t.Fatal(err)
	}
}

// second is an account whose credentials tests spoil.
var second twiliosim.Account

// secondAccount makes it once.
func secondAccount(t *testing.T) {
	t.Helper()
	if second.SID != "" {
		return
	}
	second = w.Twilio.AddAccount(twiliosim.AccountOptions{})
	secret, object := w.TwilioSecret(), w.TwilioAccount()
	secret.Name, secret.StringData = "second", map[string]string{"authToken": second.AuthToken}
	object.Name, object.Spec.AccountSID, object.Spec.CredentialsSecretRef.Name = "second", second.SID, "second"
	for _, each := range []client.Object{secret, object} {
		if err := w.Client.Create(t.Context(), each); err != nil {
			t.Fatal(err)
		}
	}
}

func inSecond(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = "second" }

// setToken changes the credentials of the second account.
func setToken(t *testing.T, token string) {
	t.Helper()
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = w.Namespace, "second"
	patch(t, secret, `{"stringData":{"authToken":"`+token+`"}}`)
}

const wrongToken = "wrongwrongwrongwrongwrongwrongwr"

// corrupted is a number of the second account whose cleanup fails, until its token is
// right again.
func corrupted(t *testing.T, name, e164 string) *v1alpha1.PhoneNumber {
	t.Helper()
	secondAccount(t)
	object := number(t, name, e164, inSecond, world.Outbound)
	setToken(t, wrongToken)
	t.Cleanup(func() { restoreToken(t) })
	return object
}

// restoreToken outlives a test's context.
func restoreToken(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = w.Namespace, "second"
	text := `{"stringData":{"authToken":"` + second.AuthToken + `"}}`
	if err := w.Client.Patch(ctx, secret, client.RawPatch(types.MergePatchType, []byte(text))); err != nil {
		t.Error(err)
	}
}

var numberOptions = twiliosim.NumberOptions{}

// eventuallySays runs a command until it ends as wanted.
func eventuallySays(t *testing.T, code int, first, then string, arguments ...string) {
	t.Helper()
	eventually(t, "the plugin to say "+first, func(context.Context) string {
		got := phonenumber(t, arguments...)
		if got.code != code || !strings.Contains(got.stdout, first) || !strings.Contains(got.stdout, then) {
			return got.stdout + got.stderr
		}
		return ""
	})
}

func eventuallyGone(t *testing.T, object client.Object) {
	t.Helper()
	eventually(t, object.GetName()+" to be gone", func(context.Context) string {
		if gone(t, object) {
			return ""
		}
		return "it is there"
	})
}

// accepted says what keeps the second account from being used.
func accepted(ctx context.Context) string {
	var account v1alpha1.TwilioAccount
	if err := w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: "second"}, &account); err != nil {
		return err.Error()
	}
	if !meta.IsStatusConditionTrue(account.Status.Conditions, v1alpha1.ConditionReady) {
		return "it is not Ready"
	}
	return ""
}

// person is the kubeconfig of a user with a ClusterRole in the namespace.
func person(t *testing.T, name, role string) string {
	t.Helper()
	kubeconfig, err := plane.UserKubeconfig(name)
	if err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
	}
	if err := w.Client.Create(t.Context(), binding); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	return kubeconfig
}

// A following is a command that goes on while the test does something.
type following struct {
	command        *exec.Cmd
	output         *bufio.Reader
	stdout, stderr bytes.Buffer
}

func follow(t *testing.T, arguments ...string) *following {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	f := &following{command: exec.CommandContext(ctx, program, arguments...)}
	f.command.Env, f.command.Stderr = environment(), &f.stderr
	output, err := f.command.StdoutPipe()
	if err == nil {
		err = f.command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	f.output = bufio.NewReader(io.TeeReader(output, &f.stdout))
	return f
}

// until reads what the command prints until it says something.
func (f *following) until(t *testing.T, words string) {
	t.Helper()
	for {
		line, err := f.output.ReadString('\n')
		if strings.Contains(line, words) {
			return
		}
		if err != nil {
			t.Fatalf("waiting for %q: %v: %s%s", words, err, f.stdout.String(), f.stderr.String())
		}
	}
}

// end waits for the command to end.
func (f *following) end(t *testing.T) result {
	t.Helper()
	if _, err := io.Copy(io.Discard, f.output); err != nil {
		t.Fatal(err)
	}
	if err := f.command.Wait(); f.command.ProcessState == nil {
		t.Fatal(err)
	}
	return result{f.stdout.String(), f.stderr.String(), f.command.ProcessState.ExitCode()}
}
