package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// story tells one chapter after the other, each upon what the last one left.
type story struct {
	*stage
	// uids are those of the PhoneNumbers that came up first.
	uids map[string]string
	// trunk is the one that the force-deleted number left at Twilio.
	trunk string
	// broken says that a check of the present chapter did not hold.
	broken bool
}

type chapter struct {
	title string
	tell  func(context.Context) error
}

func newStory(stage *stage) *story {
	return &story{stage: stage, uids: map[string]string{}}
}

func (s *story) chapters() []chapter {
	return []chapter{
		{"Three numbers come up", s.comeUp},
		{"One is deleted", s.deleteCleanly},
		{"One cannot be cleaned up, until its credentials are mended", s.heal},
		{"One is given up", s.giveUp},
		{"What was left is taken over", s.takeOver},
		{"One is bought, and moves to another agent", s.buy},
		{"Two share a trunk", s.share},
		{"All of these are deleted in a batch", s.deleteAll},
	}
}

// tell ends with the first chapter that does not hold: the next ones rest on it.
func (s *story) tell(ctx context.Context, begin time.Time) error {
	chapters := s.chapters()
	for i, chapter := range chapters {
		s.title(fmt.Sprintf("%d of %d. %s", i+1, len(chapters), chapter.title))
		err := chapter.tell(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(s, "%s %v\n", s.paint(red, "[FAILED]"), err)
		}
		if err != nil || s.broken {
			s.say("The end of the manager's log:", lastLines(s.manager.Log(), 15))
			s.say(s.paint(red, fmt.Sprintf("The story did not hold: chapter %d of %d failed.", i+1, len(chapters))))
			return errNotHeld
		}
	}
	s.say(s.paint(green, fmt.Sprintf("The story held: %d chapters, %s with the start of everything.", len(chapters), seconds(time.Since(begin)))))
	return nil
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}

func (s *story) check(subject, want, seen string) {
	if !s.verdict(subject, want, seen) {
		s.broken = true
	}
}

// commands runs one after the other, as far as they succeed.
func (s *story) commands(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		if _, err := s.shell.run(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// quietly is for what the checks need to know and a person would not ask.
func (s *story) quietly(ctx context.Context, args ...string) (string, error) {
	stdout, _, err := s.plane.Kubectl(ctx, args...)
	return strings.TrimSpace(stdout), err
}

func (s *story) setToken(ctx context.Context, token string) error {
	return s.commands(ctx, `kubectl patch secret twilio -p '{"stringData":{"authToken":"`+token+`"}}'`)
}
