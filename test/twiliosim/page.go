package twiliosim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPageSize = 50
	largestPageSize = 1000
	tokenPrefix     = "PA"
)

// page is one page of a list. Lists run from the newest to the oldest; the token names the last item of the page before, so that a
// page neither repeats nor skips when resources come and go. As at Twilio, Page alone does not move: it is only echoed.
type page struct {
	size, number int
	before       int
}

func readPage(query url.Values) (page, *failure) {
	p := page{size: defaultPageSize}
	if err := readCount(query, "PageSize", 1, &p.size); err != nil {
		return p, err
	}
	if p.size > largestPageSize {
		return p, fail(codePageSize)
	}
	if err := readCount(query, "Page", 0, &p.number); err != nil {
		return p, err
	}
	token := query.Get("PageToken")
	if token == "" {
		return p, nil
	}
	before, err := strconv.ParseInt(strings.TrimPrefix(token, tokenPrefix), 16, 64)
	if err != nil || !strings.HasPrefix(token, tokenPrefix) {
		return p, fail(codeBadParameter, "PageToken")
	}
	p.before = int(before)
	return p, nil
}

func readCount(query url.Values, name string, least int, into *int) *failure {
	if query.Get(name) == "" {
		return nil
	}
	value, err := strconv.Atoi(query.Get(name))
	if err != nil || value < least {
		return fail(codeBadParameter, name)
	}
	*into = value
	return nil
}

// take cuts one page out of rows that are sorted oldest first, and says whether more follow.
func take[T any](rows []*row[T], p page) (items []*row[T], more bool) {
	for _, row := range slices.Backward(rows) {
		if p.before > 0 && row.order >= p.before {
			continue
		}
		if len(items) == p.size {
			return items, true
		}
		items = append(items, row)
	}
	return items, false
}

// render writes a page in the shape of the API that was called. next is the order of the last item, or zero on the last page.
func (p page) render(c *call, key string, items []object, next int) object {
	self, first := p.address(c, p.number, p.before), p.address(c, 0, 0)
	var following any
	if next > 0 {
		following = p.address(c, p.number+1, next)
	}
	if c.trunking() {
		return object{key: items, "meta": object{
			"key": key, "page": p.number, "page_size": p.size, "url": self,
			"first_page_url": first, "next_page_url": following, "previous_page_url": nil,
		}}
	}
	start := p.number * p.size
	return object{
		key: items, "page": p.number, "page_size": p.size, "start": start, "end": max(start, start+len(items)-1), "uri": self,
		"first_page_uri": first, "next_page_uri": following, "previous_page_uri": nil,
	}
}

func (p page) address(c *call, number, before int) string {
	query := url.Values{}
	maps.Copy(query, c.request.URL.Query())
	query.Set("PageSize", strconv.Itoa(p.size))
	query.Set("Page", strconv.Itoa(number))
	query.Del("PageToken")
	if before > 0 {
		query.Set("PageToken", fmt.Sprintf("%s%032x", tokenPrefix, before))
	}
	path := c.request.URL.Path + "?" + query.Encode()
	if c.trunking() {
		return c.base() + path
	}
	return path
}
