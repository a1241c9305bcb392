//go:build clients

package prometheus

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/world"
)

// configuration scrapes one manager as docs/metrics.md has it, with a target that is known.
const configuration = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
- job_name: callplane
  scheme: https
  tls_config: {insecure_skip_verify: true}
  authorization: {credentials_file: %q}
  static_configs:
  - targets: [%q]
    labels: {namespace: callplane-system, pod: callplane-manager-0}
`

// A server is a Prometheus.
type server struct{ url string }

// startServer has a Prometheus scrape a manager, and judge it by the rules.
func startServer(t *testing.T, manager *world.Manager, token string) server {
	t.Helper()
	path, err := assets.Client("prometheus")
	must(t, err)
	data := t.TempDir()
	at, err := url.Parse(manager.Metrics)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(data, "token"), []byte(strings.TrimSpace(token)), 0o600))
	text := fmt.Sprintf(configuration, inRepository(t, "config/prometheus/rules.yaml"), filepath.Join(data, "token"), at.Host)
	must(t, os.WriteFile(filepath.Join(data, "prometheus.yaml"), []byte(text), 0o600))
	var s server
	must(t, process.OnFreePorts(1, func(ports []int) error {
		address := fmt.Sprintf("127.0.0.1:%d", ports[0])
		s.url = "http://" + address
		run, err := process.Start(process.Spec{Name: "prometheus", Path: path, Env: process.Environment("HOME=" + data), Args: []string{
			"--config.file=" + filepath.Join(data, "prometheus.yaml"), "--storage.tsdb.path=" + filepath.Join(data, "tsdb"), "--web.listen-address=" + address,
		}})
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = run.Stop() })
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return run.Await(ctx, world.Answers(s.url+"/-/ready"))
	}))
	return s
}

// ask returns the data of an answer of Prometheus' API.
func ask[T any](ctx context.Context, s server, path string, parameters url.Values) (data T, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/"+path+"?"+parameters.Encode(), nil)
	if err != nil {
		return data, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return data, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Status, Error string
		Data          T
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return data, fmt.Errorf("%s: %w", response.Status, err)
	}
	if answer.Status != "success" {
		return data, fmt.Errorf("%s: %s", answer.Status, answer.Error)
	}
	return answer.Data, nil
}

// series is how many an expression has now.
func (s server) series(ctx context.Context, expression string) (int, error) {
	data, err := ask[struct{ Result []any }](ctx, s, "query", url.Values{"query": {expression}})
	return len(data.Result), err
}

// A rule is an alert as Prometheus sees it.
type rule struct {
	Name, Query, Health, LastError, State string
}

func (s server) rules(ctx context.Context) ([]rule, error) {
	data, err := ask[struct {
		Groups []struct{ Rules []rule }
	}](ctx, s, "rules", nil)
	var all []rule
	for _, group := range data.Groups {
		all = append(all, group.Rules...)
	}
	return all, err
}

// scraped is what a manager serves to whoever may see it.
func scraped(t *testing.T, plane *kube.ControlPlane, manager *world.Manager) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, manager.Metrics, nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+plane.Config().BearerToken)
	// The certificate is the manager's own; nothing but loopback is in between.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	must(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return string(body)
}
