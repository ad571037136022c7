package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	var s soak
	flag.DurationVar(&s.duration, "t", time.Hour, "how long the clients come and go")
	flag.DurationVar(&s.every, "every", time.Minute, "how often a line is printed")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of what is random")
	flag.IntVar(&s.crowd, "crowd", 4, "clients of each kind")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s.out = os.Stdout
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "soak: FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("soak: passed")
}
