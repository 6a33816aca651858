#pragma once
#include <stddef.h>

/// A file of the project that is part of the program.
typedef struct {
    /// From the project's folder.
    const char *path;
    const unsigned char *bytes;
    size_t count;
} cresources_file;

/// The file at `index`, or null behind the last one. It lives as long as the program.
const cresources_file *cresources_at(size_t index);
