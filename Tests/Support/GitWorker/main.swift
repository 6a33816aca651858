import Git

// What `strata git-worker` does, without the rest of strata: tests start it by its path.
GitWorker.main()
