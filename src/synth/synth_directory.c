/* The folder's directory/: services that the bodies offer to the public, where, and of what kind.
 * They are made up; the towns and what a county offers are not. */
#include "synth/synth_model.h"

static const char taxonomies[] = "id,name,vocabulary,parent\n"
                                 "health,Health,shireServiceType,\n"
                                 "care,Care at home and in homes,shireServiceType,\n"
                                 "living,Living well,shireServiceType,\n"
                                 "home,Housing,shireServiceType,\n"
                                 "rehabilitation,Rehabilitation,shireServiceType,health\n"
                                 "mental-health,Mental health,shireServiceType,health\n"
                                 "equipment,Equipment and adaptations,shireServiceType,care\n"
                                 "day-care,Day care,shireServiceType,care\n"
                                 "carers,For carers,shireServiceType,living\n"
                                 "activity,Exercise and walking,shireServiceType,living\n"
                                 "meals,Meals and lunch clubs,shireServiceType,living\n"
                                 "advice,Advice,shireServiceType,living\n";

typedef struct offer {
    const char *id;
    int body;
    const char *rest; /* name to assured_date, as services.csv has them */
} offer;

static const offer offers[] = {
    {"stroke-club", SYNTH_BODY_PCT,
     "Stroke club,\"For people who had a stroke, and those who live with them\",,"
     "stroke.club@example.org,01632 960101,Free,,active,Information,venue,drop-in,"
     "rehabilitation carers,18,,2025-01-15"},
    {"community-rehabilitation", SYNTH_BODY_PCT,
     "Community rehabilitation,Therapy at home after a stay in hospital,,"
     "rehab@example.org,01632 960102,Free,,active,Assessment,home visit,referral,rehabilitation,"
     "18,,2025-02-03"},
    {"occupational-therapy", SYNTH_BODY_COUNCIL,
     "Occupational therapy,\"Rails, stairlifts and other help to live at home\",,"
     "ot@example.org,01632 960103,Free after an assessment,,active,Equipment,home visit,"
     "appointment,equipment,,,2025-02-20"},
    {"meals-on-wheels", SYNTH_BODY_COUNCIL,
     "Meals at home,A hot meal each day,,meals@example.org,01632 960104,4.50 a meal,,active,,"
     "home visit,referral,meals,65,,2024-11-01"},
    {"lunch-club", SYNTH_BODY_COUNCIL,
     "Lunch club,Lunch and company every Tuesday and Thursday,,lunch@example.org,01632 960105,"
     "5.00 a meal,,active,,venue,drop-in,meals,60,,2025-03-04"},
    {"day-centre", SYNTH_BODY_COUNCIL,
     "Day centre,A day out with help at hand; gives carers a rest,,day.centre@example.org,"
     "01632 960106,After a financial assessment,,active,,venue,referral,day-care carers,65,,"
     "2025-01-28"},
    {"carers-support", SYNTH_BODY_COUNCIL,
     "Carers' support,Advice and a listening ear for those who look after somebody,"
     "https://carers.example.org,carers@example.org,01632 960107,Free,,active,Advice,phone,drop-in,"
     "carers advice,16,,2025-03-12"},
    {"young-carers", SYNTH_BODY_COUNCIL,
     "Young carers,Groups after school for children who look after a parent,,"
     "young.carers@example.org,01632 960108,Free,,active,,venue,membership,carers,8,17,2024-12-10"},
    {"memory-clinic", SYNTH_BODY_MENTAL,
     "Memory clinic,Assessment and support for people whose memory fails,,,01632 960109,Free,,"
     "active,Assessment,venue,referral,mental-health,,,2025-02-11"},
    {"talking-therapies", SYNTH_BODY_MENTAL,
     "Talking therapies,\"For worry and low mood, by telephone or in person\","
     "https://talking.example.org,talking@example.org,01632 960110,Free,,active,Counselling,phone,"
     "appointment,mental-health,16,,2025-03-01"},
    {"crisis-line", SYNTH_BODY_MENTAL,
     "Crisis line,\"Day and night, for anybody in distress\",,,01632 960111,Free,,active,"
     "Counselling,phone,drop-in,mental-health advice,,,2025-03-20"},
    {"falls-clinic", SYNTH_BODY_HOSPITAL,
     "Falls clinic,For people who have fallen or fear to,,,01632 960112,Free,,active,Assessment,"
     "venue,referral,rehabilitation,65,,2025-01-09"},
    {"walking-group", SYNTH_BODY_PCT,
     "Health walks,Short walks with others every Wednesday,,walks@example.org,01632 960113,Free,,"
     "active,,venue,drop-in,activity,,,2024-10-30"},
    {"adaptations", SYNTH_BODY_HOUSING,
     "Adaptations for tenants,Level showers and ramps,https://homes.example.org,"
     "homes@example.org,01632 960114,Free for tenants,,active,Equipment,home visit,appointment,"
     "home equipment,,,2025-02-27"},
    {"housing-advice", SYNTH_BODY_HOUSING,
     "Housing advice,\"Rent, repairs and finding a home\",https://homes.example.org,"
     "homes@example.org,01632 960115,Free,,active,Advice,venue,drop-in,home advice,16,,2025-03-18"},
    {"swimming-club", SYNTH_BODY_COUNCIL,
     "Swimming for the over-sixties,Closed while the pool is repaired,,,01632 960116,2.00,,"
     "temporarily closed,,venue,drop-in,activity,60,,2025-03-25"},
};

/* Places that are not there, at about the middles of their towns. */
static const char locations[] =
    "service,name,address,city,postcode,latitude,longitude,days,opens,closes\n"
    "stroke-club,Church hall,1 High Street,Hereford,HR1 9ZZ,52.0567,-2.7150,WE,10:00,12:00\n"
    "stroke-club,Market hall,2 Corn Square,Leominster,HR6 9ZZ,52.2270,-2.7390,FR,10:00,12:00\n"
    "lunch-club,Community centre,3 Homend,Ledbury,HR8 9ZZ,52.0380,-2.4250,TU TH,12:00,14:00\n"
    "lunch-club,Village hall,4 Mill Lane,Credenhill,HR4 9ZZ,52.0900,-2.8030,TU TH,12:00,14:00\n"
    "day-centre,Day centre,5 Wye Street,Ross-on-Wye,HR9 9ZZ,51.9140,-2.5820,MO TU WE TH FR,09:30,"
    "16:00\n"
    "young-carers,School,6 Church Street,Bromyard,HR7 9ZZ,52.1900,-2.5070,TH,15:30,17:30\n"
    "memory-clinic,Clinic,7 Barton Road,Hereford,HR4 9ZY,52.0550,-2.7230,MO WE,09:00,16:30\n"
    "falls-clinic,Hospital,8 Stonebow,Hereford,HR1 9ZY,52.0580,-2.7070,TU,09:00,12:30\n"
    "walking-group,Castle Green,9 Quay Street,Hereford,HR1 9ZX,52.0530,-2.7120,WE,10:30,11:30\n"
    "housing-advice,Housing office,10 Blue School Street,Hereford,HR1 9ZW,52.0580,-2.7140,"
    "MO TU WE TH FR,09:00,17:00\n"
    "swimming-club,Pool,11 Kings Acre,Hereford,HR4 9ZX,52.0620,-2.7500,MO FR,07:00,09:00\n";

static const char postcodes[] = "postcode,latitude,longitude\n"
                                "HR1,52.06,-2.69\n"
                                "HR2,52.02,-2.75\n"
                                "HR3,52.09,-3.05\n"
                                "HR4,52.08,-2.77\n"
                                "HR5,52.20,-3.03\n"
                                "HR6,52.23,-2.75\n"
                                "HR7,52.19,-2.51\n"
                                "HR8,52.04,-2.43\n"
                                "HR9,51.91,-2.58\n";

shire_status synth_directory_write(const synth_files *files, shire_error *error) {
    shire_builder text = {0};
    shire_builder_append_text(&text, "id,organisation,name,description,url,email,phone,fees,"
                                     "accreditations,status,deliverable_type,attending_type,"
                                     "attending_access,taxonomies,minimum_age,maximum_age,"
                                     "assured_date\n");
    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        shire_builder_append_format(&text, "%s,%s,%s\n", offers[i].id,
                                    synth_bodies[offers[i].body].code, offers[i].rest);
    }
    shire_status status =
        text.failed
            ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write directory/services.csv")
            : synth_file_write(files, "directory/services.csv",
                               (shire_span){text.bytes, text.length}, error);
    shire_builder_free(&text);
    const char *const names[] = {"directory/taxonomies.csv", "directory/locations.csv",
                                 "directory/postcodes.csv"};
    const char *const texts[] = {taxonomies, locations, postcodes};
    for (size_t i = 0; status == SHIRE_OK && i < 3; i++) {
        status = synth_file_write(files, names[i], shire_span_of(texts[i]), error);
    }
    return status;
}
