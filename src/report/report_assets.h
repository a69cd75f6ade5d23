/* The page's sources, web/report/report.{html,css,js} and linkage.html, as bytes; made at build
 * time by embed.sh. */
#ifndef SHIRE_REPORT_REPORT_ASSETS_H
#define SHIRE_REPORT_REPORT_ASSETS_H

#include <stddef.h>

extern const char shire_report_page[];
extern const size_t shire_report_page_bytes;
extern const char shire_report_style[];
extern const size_t shire_report_style_bytes;
extern const char shire_report_script[];
extern const size_t shire_report_script_bytes;
extern const char shire_linkage_page[];
extern const size_t shire_linkage_page_bytes;

#endif
