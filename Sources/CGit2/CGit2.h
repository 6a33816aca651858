#pragma once
#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/transport.h>

/// `git_libgit2_opts` is variadic, so Swift cannot call it: each option that is used has its own shim.
static inline int cgit2_set_fsync_gitdir(int on) { return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, on); }
static inline int cgit2_set_strict_hash_verification(int on) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, on);
}
static inline int cgit2_set_owner_validation(int on) { return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, on); }
static inline int cgit2_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

/// libgit2's smart protocol over a carrier of our own: its structures first, then whom the callbacks belong to.
typedef struct { git_smart_subtransport base; void *owner; } cgit2_subtransport;
typedef struct { git_smart_subtransport_stream base; void *owner; } cgit2_stream;
