/* The files of sql/ as they were when the program was built (src/io/meson.build). */
#ifndef SHIRE_IO_STORE_MIGRATIONS_H
#define SHIRE_IO_STORE_MIGRATIONS_H

#include <stddef.h>

extern const char shire_migration_0001[];
extern const size_t shire_migration_0001_bytes;
extern const char shire_migration_0002[];
extern const size_t shire_migration_0002_bytes;
extern const char shire_migration_0003[];
extern const size_t shire_migration_0003_bytes;
extern const char shire_migration_0004[];
extern const size_t shire_migration_0004_bytes;
extern const char shire_migration_0005[];
extern const size_t shire_migration_0005_bytes;
extern const char shire_migration_0006[];
extern const size_t shire_migration_0006_bytes;
extern const char shire_migration_0007[];
extern const size_t shire_migration_0007_bytes;
extern const char shire_migration_0008[];
extern const size_t shire_migration_0008_bytes;

#endif
