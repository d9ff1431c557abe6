package main

import (
	"context"
	"sync"
)

// What the cases of golang.org/x/sync need, made of the standard library alone, so that no module
// has to be fetched. Only what the documentation of errgroup and semaphore promises.

type errGroup struct {
	running sync.WaitGroup
	first   sync.Once
	err     error
	cancel  context.CancelCauseFunc
	tokens  chan struct{}
}

func errGroupWithContext(parent context.Context) (*errGroup, context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	return &errGroup{cancel: cancel}, ctx
}

func (g *errGroup) SetLimit(most int) {
	if most < 0 {
		g.tokens = nil
		return
	}
	g.tokens = make(chan struct{}, most)
}

func (g *errGroup) Go(f func() error) {
	if g.tokens != nil {
		g.tokens <- struct{}{}
	}
	g.start(f)
}

func (g *errGroup) TryGo(f func() error) bool {
	if g.tokens != nil {
		select {
		case g.tokens <- struct{}{}:
		default:
			return false
		}
	}
	g.start(f)
	return true
}

func (g *errGroup) start(f func() error) {
	g.running.Add(1)
	go func() {
		defer func() {
			if g.tokens != nil {
				<-g.tokens
			}
			g.running.Done()
		}()
		if err := f(); err != nil {
			g.first.Do(func() {
				g.err = err
				if g.cancel != nil {
					g.cancel(err)
				}
			})
		}
	}()
}

func (g *errGroup) Wait() error {
	g.running.Wait()
	if g.cancel != nil {
		g.cancel(g.err)
	}
	return g.err
}

type semaphoreWaiter struct {
	n      int64
	served chan struct{}
}

type weighted struct {
	mutex   sync.Mutex
	size    int64
	held    int64
	waiters []*semaphoreWaiter
}

func newWeighted(size int64) *weighted {
	return &weighted{size: size}
}

func (s *weighted) TryAcquire(n int64) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.waiters) > 0 || s.held+n > s.size {
		return false
	}
	s.held += n
	return true
}

func (s *weighted) Acquire(ctx context.Context, n int64) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if s.TryAcquire(n) {
		return nil
	}
	if n > s.size {
		<-ctx.Done()
		return ctx.Err()
	}
	waiter := &semaphoreWaiter{n, make(chan struct{})}
	s.mutex.Lock()
	s.waiters = append(s.waiters, waiter)
	s.serve()
	s.mutex.Unlock()
	select {
	case <-waiter.served:
		return nil
	case <-ctx.Done():
		s.leave(waiter)
		return ctx.Err()
	}
}

func (s *weighted) Release(n int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.held -= n
	if s.held < 0 {
		panic("semaphore: released more than held")
	}
	s.serve()
}

// serve lets those in that come first. REQUIRES: the lock is held.
func (s *weighted) serve() {
	for len(s.waiters) > 0 && s.held+s.waiters[0].n <= s.size {
		s.held += s.waiters[0].n
		close(s.waiters[0].served)
		s.waiters = s.waiters[1:]
	}
}

func (s *weighted) leave(waiter *semaphoreWaiter) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for i, other := range s.waiters {
		if other == waiter {
			s.waiters = append(s.waiters[:i:i], s.waiters[i+1:]...)
			s.serve()
			return
		}
	}
	s.held -= waiter.n
	s.serve()
}
