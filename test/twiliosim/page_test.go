package twiliosim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(list []any) []string {
	all := []string{}
	for _, item := range list {
		all = append(all, item.(map[string]any)["friendly_name"].(string))
	}
	return all
}

func TestPagesOfTrunking(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.trunk("FriendlyName", fmt.Sprint(i))
	}
	got, next := []string{}, w.url+"/v1/Trunks?PageSize=2"
	for pages := 0; next != "" && pages < 5; pages++ {
		if !strings.HasPrefix(next, w.url) {
			t.Fatalf("addresses of trunking are absolute: %s", next)
		}
		page := w.must(200, w.get(strings.TrimPrefix(next, w.url)))
		got = append(got, names(items(page, "trunks"))...)
		next, _ = page.body["meta"].(map[string]any)["next_page_url"].(string)
		if pages == 0 {
			w.trunk("FriendlyName", "late")
		}
	}
	if diff := cmp.Diff([]string{"4", "3", "2", "1", "0"}, got); diff != "" {
		t.Errorf("following pages shows each resource once, whatever is created meanwhile: %s", diff)
	}
}

func TestPagesOfTheAccountAPI(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.list(fmt.Sprint(i))
	}
	first := w.must(200, w.get(w.lists()+".json?PageSize=2"))
	next := first.str("next_page_uri")
	if !strings.HasPrefix(next, "/2010-04-01/") {
		t.Fatalf("addresses of the account API are relative: %q", next)
	}
	second := w.must(200, w.get(next))
	if diff := cmp.Diff([]string{"0"}, names(items(second, "credential_lists"))); diff != "" {
		t.Errorf("the second page has the rest: %s", diff)
	}
	if second.body["next_page_uri"] != nil {
		t.Errorf("the last page names no next: %v", second)
	}
	again := w.must(200, w.get(w.lists()+".json?PageSize=2&Page=1"))
	if diff := cmp.Diff([]string{"2", "1"}, names(items(again, "credential_lists"))); diff != "" {
		t.Errorf("Page alone does not move on: %s", diff)
	}
}
