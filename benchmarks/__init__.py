"""What the program costs, beside what others need for the like: `make bench` measures and writes docs/benchmarks.md."""
