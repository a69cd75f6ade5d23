/*
 * The directory of services that the bodies offer to the public: the files of DIR/directory, all
 * optional (docs/partnership-folder.md). It holds nothing about people, is open to anybody, and is
 * read by `shire check` for its findings and by the server.
 *
 *   services.csv    id, organisation, name, description, url, email, phone, fees, accreditations,
 *                   status, deliverable_type, attending_type, attending_access, taxonomies,
 *                   minimum_age, maximum_age, assured_date
 *   taxonomies.csv  id, name, vocabulary, parent
 *   locations.csv   service, name, address, city, postcode, latitude, longitude, days, opens,
 *                   closes: a row a place where a service is offered
 *   postcodes.csv   postcode, latitude, longitude: whole postcodes or districts, for distances
 *
 * Rows keep the order of their files. A row that cannot be taken is left out and told; a value that
 * cannot is empty and told. A directory does not change once read and is safe from any thread.
 */
#ifndef SHIRE_ORG_DIRECTORY_H
#define SHIRE_ORG_DIRECTORY_H

#include "core/arena.h"
#include "core/error.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_DIRECTORY_NONE UINT32_MAX
#define SHIRE_DIRECTORY_UUID_BYTES 37

typedef struct shire_directory_body {
    const char *code;
    const char *name;
    char uuid[SHIRE_DIRECTORY_UUID_BYTES]; /* made from the code (RFC 9562, version 8) */
} shire_directory_body;

typedef struct shire_directory_taxonomy {
    const char *id;
    const char *name;
    const char *vocabulary;
    uint32_t parent; /* place in taxonomies, or NONE */
} shire_directory_taxonomy;

/* Texts are "" where nothing is known. */
typedef struct shire_directory_service {
    const char *id;
    uint32_t body; /* place in bodies */
    const char *name;
    const char *description;
    const char *url; /* http or https */
    const char *email;
    const char *phone;
    const char *fees;
    const char *accreditations;
    const char *status; /* active, inactive, defunct, temporarily closed */
    const char *deliverable_type;
    const char *attending_type;
    const char *attending_access;
    const char *assured_date; /* 2024-04-01 */
    int minimum_age;          /* years, -1: none */
    int maximum_age;
    const uint32_t *taxonomies; /* places in taxonomies */
    size_t taxonomy_count;
    size_t first_location; /* its locations stand together */
    size_t location_count;
} shire_directory_service;

typedef struct shire_directory_location {
    char id[SHIRE_DIRECTORY_UUID_BYTES]; /* made from what it says */
    uint32_t service;
    const char *name;
    const char *address;
    const char *city;
    const char *postcode;
    bool has_place;
    double latitude; /* degrees, WGS 84 */
    double longitude;
    const char *days;  /* "MO TU WE", as RFC 5545 names them */
    const char *opens; /* 09:00 */
    const char *closes;
} shire_directory_location;

typedef struct shire_directory_postcode {
    const char *postcode; /* capitals, without blanks */
    double latitude;
    double longitude;
} shire_directory_postcode;

typedef struct shire_directory {
    const shire_directory_body *bodies; /* of organisations.csv */
    size_t body_count;
    const shire_directory_taxonomy *taxonomies;
    size_t taxonomy_count;
    const shire_directory_service *services;
    size_t service_count;
    const shire_directory_location *locations; /* by service */
    size_t location_count;
    const shire_directory_postcode *postcodes; /* by postcode */
    size_t postcode_count;
} shire_directory;

typedef struct shire_directory_problem {
    const char *kind; /* of finding */
    const char *file; /* directory/services.csv */
    int32_t line;
    const char *column; /* NULL: the row, or the file */
    const char *problem;
    const char *remedy;
} shire_directory_problem;

/* Told each problem in the order of files and lines; what it returns other than SHIRE_OK ends the
 * reading. */
typedef shire_status (*shire_directory_told)(const shire_directory_problem *problem, void *context,
                                             shire_error *error);

/* Read the directory of the partnership folder `dir` into `arena`; an empty one where there is
 * none. `told` may be NULL. Fails only out of memory, or with what it returned. */
shire_status shire_directory_read(const char *dir, shire_arena *arena, shire_directory_told told,
                                  void *context, shire_directory *directory_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

typedef struct shire_directory_query {
    shire_span text;       /* each word stands in the name, description, body or a taxonomy */
    shire_span taxonomy;   /* id; what lies under it counts too */
    shire_span vocabulary; /* of some taxonomy of the service */
    int age;               /* years, for whom; -1: any */
    shire_span postcode;   /* with `metres`: some place is as near as that */
    double metres;
    char day[3];        /* "MO": some place is open on that day; "": any */
    char open_from[6];  /* "10:00": and from then ... */
    char open_until[6]; /* ... until then, all the while; "": any, both or none */
    const char *id;     /* one service; NULL: any */
} shire_directory_query;

/*
 * The services that fit, as places in services, in `arena`: those with every word of the text in
 * their name first; with a postcode the nearest first; else in the order of the file. Services that
 * are defunct or inactive are found by id alone. Distance, day and time are asked of one and the
 * same place; a place of which days or hours are not known is not found by them.
 *
 * SHIRE_NOT_FOUND for a postcode of which neither whole nor district is in postcodes.csv.
 */
shire_status shire_directory_find(const shire_directory *directory,
                                  const shire_directory_query *query, shire_arena *arena,
                                  const uint32_t **places_out, size_t *count_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

/* Metres between two places on a sphere of the earth's mean radius (haversine). Pure. */
double shire_directory_distance(double latitude_a, double longitude_a, double latitude_b,
                                double longitude_b);

#endif
