// A folder as a zip, deflated by libdeflate at level 6 on two threads: the fastest way to do again what wheels have
// done already. A benchmark's peer; no zip64, no error is survived.
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct { char *path; uint32_t offset, crc, packed, size; uint16_t method; } entry;

static entry *entries;
static size_t count, room, next;
static FILE *out;
static uint32_t position;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) { perror(what); exit(1); }

static void walk(const char *folder) {
    DIR *dir = opendir(folder);
    if (!dir) fail(folder);
    for (struct dirent *item; (item = readdir(dir));) {
        if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, "..")) continue;
        char *path = NULL;
        struct stat status;
        if (asprintf(&path, "%s/%s", folder, item->d_name) < 0 || lstat(path, &status)) fail(folder);
        if (S_ISDIR(status.st_mode)) { walk(path); free(path); continue; }
        if (count == room && !(entries = realloc(entries, (room = room ? 2 * room : 1024) * sizeof *entries))) fail("memory");
        entries[count++] = (entry){.path = path, .size = (uint32_t)status.st_size};
    }
    closedir(dir);
}

static uint8_t *little(uint8_t *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) *at++ = (uint8_t)(value >> (8 * i));
    return at;
}

static uint8_t *common(uint8_t *at, const entry *e) {
    at = little(at, 20, 2); at = little(at, 0x800, 2); at = little(at, e->method, 2);
    at = little(at, 0x00210000, 4); at = little(at, e->crc, 4);
    at = little(at, e->packed, 4); at = little(at, e->size, 4);
    at = little(at, (uint32_t)strlen(e->path), 2);
    return little(at, 0, 2);
}

static void put(const void *bytes, size_t size) {
    if (fwrite(bytes, 1, size, out) != size) fail("write");
    position += (uint32_t)size;
}

static void *work(void *unused) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    for (;;) {
        pthread_mutex_lock(&lock);
        size_t index = next++;
        pthread_mutex_unlock(&lock);
        if (index >= count) break;
        entry *e = &entries[index];
        int file = open(e->path, O_RDONLY);
        uint8_t *data = malloc(e->size + 1), *packed = malloc(e->size + 1);
        if (file < 0 || !data || !packed) fail(e->path);
        for (size_t done = 0; done < e->size;) {
            ssize_t got = read(file, data + done, e->size - done);
            if (got <= 0) fail(e->path);
            done += (size_t)got;
        }
        close(file);
        e->crc = libdeflate_crc32(0, data, e->size);
        e->packed = (uint32_t)libdeflate_deflate_compress(compressor, data, e->size, packed, e->size);
        e->method = e->packed ? 8 : 0;
        if (!e->packed) e->packed = e->size;
        pthread_mutex_lock(&lock);
        uint8_t header[64], *end = little(header, 0x04034b50, 4);
        end = common(end, e);
        e->offset = position;
        put(header, (size_t)(end - header));
        put(e->path, strlen(e->path));
        put(e->method ? packed : data, e->packed);
        pthread_mutex_unlock(&lock);
        free(data);
        free(packed);
    }
    libdeflate_free_compressor(compressor);
    return unused;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: deflate_zip ZIP FOLDER\n"), 2;
    walk(argv[2]);
    out = fopen(argv[1], "wb");
    if (!out) fail(argv[1]);
    setvbuf(out, NULL, _IOFBF, 1 << 20);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    uint32_t directory = position;
    for (size_t i = 0; i < count; i++) {
        uint8_t header[64], *end = little(header, 0x02014b50, 4);
        end = common(little(end, 0x0314, 2), &entries[i]);
        end = little(end, 0, 2); end = little(end, 0, 2); end = little(end, 0, 2);
        end = little(end, 0100644u << 16, 4); end = little(end, entries[i].offset, 4);
        put(header, (size_t)(end - header));
        put(entries[i].path, strlen(entries[i].path));
    }
    uint32_t size = position - directory;
    uint8_t header[64], *end = little(header, 0x06054b50, 4);
    end = little(end, 0, 4); end = little(end, (uint32_t)count, 2); end = little(end, (uint32_t)count, 2);
    end = little(end, size, 4); end = little(end, directory, 4); end = little(end, 0, 2);
    put(header, (size_t)(end - header));
    return fclose(out) ? 1 : 0;
}
