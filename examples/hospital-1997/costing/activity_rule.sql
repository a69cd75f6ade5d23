-- The distribution of each account over its codes, and for each code the events that earn it. One event code of the model
-- is one rule: its subroutine says feed and measure, its WHERE the condition, its base, weight and acuity scaling the basis.
WITH attribute AS (
    SELECT event_code,
           event_subroutine_name AS subroutine,
           event_attribute_base::DECIMAL(18, 6) AS base,
           event_attribute_weight::DECIMAL(18, 6) AS weight,
           event_acuity_scaling::DECIMAL(18, 6) AS scaling,
           -- The conditions quote text with double quotes and name the sheet of each column.
           regexp_replace(replace(coalesce(event_where, ''), '"', ''''), '(ed|inpat)_[a-z]+_[a-z]+\.', '', 'g') AS condition
    FROM read_csv('model1__event_attributes.csv', all_varchar = true)
),
measure(subroutine, feed, measure) AS (
    VALUES ('EDadmissions', 'ed_admission', NULL),
           ('EDdischarges', 'ed_discharge', NULL),
           ('EDattendmin', 'emergency', 'minutes'),
           ('EDseenmin', 'emergency', 'seen_minutes'),
           ('EDtreatmin', 'emergency', 'treat_minutes'),
           ('opclinicmin', 'clinic', 'minutes'),
           ('ipadmissions', 'admission', NULL),
           ('ipdischarges', 'discharge', NULL),
           ('ipwardsday', 'same_day', NULL),
           ('ipwardbdays', 'stay', 'days'),
           ('ipwardbhrs', 'stay', 'hours'),
           ('anaesthmin', 'theatre', 'anaesthetic_minutes'),
           ('theatremin', 'theatre', 'minutes')
),
-- How acuity counts: a scaling of 1 takes it as it is, 0 not at all; minutes in theatre, and stays and clinics that are
-- not told apart by ward or clinic, always take it as it is.
scaled AS (
    SELECT attribute.*, measure.feed, measure.measure,
           CASE WHEN subroutine IN ('anaesthmin', 'theatremin')
                     OR (subroutine IN ('ipwardbdays', 'ipwardbhrs') AND NOT starts_with(event_code, 'ward'))
                     OR (subroutine = 'opclinicmin' AND NOT starts_with(event_code, 'clinic'))
                     OR scaling = 1
                THEN 'acuity'
                WHEN scaling > 1
                THEN format('CASE WHEN acuity < 1 THEN 1 - (1 - acuity) / {0} ELSE acuity * {0} END', scaling)
                ELSE format('(1 + (acuity - 1) * {})', scaling)
           END AS acuity
    FROM attribute
    JOIN measure USING (subroutine)
),
rule AS (
    SELECT event_code, feed, condition,
           CASE WHEN subroutine IN ('EDadmissions', 'EDdischarges') THEN 'count'
                WHEN measure IS NULL THEN format('({} + {}) * {}', base, acuity, weight)
                -- The model adds a base once for an episode; a stay is one of several. No rule of it has both.
                WHEN base <> 0 AND feed IN ('stay', 'clinic') AND NOT starts_with(event_code, 'ward') AND NOT starts_with(event_code, 'clinic')
                THEN error('event code ' || event_code || ': a base for each episode cannot be said by stay; add an item for each episode')
                ELSE format('({} + {} * {}) * {}', base, measure, acuity, weight)
           END AS basis
    FROM scaled
),
ward AS (
    SELECT ward_code FROM read_csv('hospital1__wards.csv', all_varchar = true)
    UNION SELECT ward_code FROM read_csv('Jun97PatientActivity__Inpat_patient_location.csv', all_varchar = true)
    UNION SELECT admitting_ward_code FROM read_csv('Jun97PatientActivity__Inpat_episode_details.csv', all_varchar = true)
),
-- A code that starts with ward or clinic stands for one code for each ward or clinic.
coded AS (
    SELECT ward_code || event_code[5:] AS code, feed, basis,
           concat_ws(' AND ', format('ward_code = ''{}''', ward_code), nullif(format('({})', condition), '()')) AS condition
    FROM rule, ward WHERE starts_with(event_code, 'ward')
    UNION ALL
    SELECT clinic_code || event_code[7:], feed, basis,
           concat_ws(' AND ', format('clinic_code = ''{}''', clinic_code), nullif(format('({})', condition), '()'))
    FROM rule, read_csv('hospital1__clinics.csv', all_varchar = true) WHERE starts_with(event_code, 'clinic')
    UNION ALL
    SELECT event_code, feed, basis, nullif(condition, '')
    FROM rule WHERE NOT starts_with(event_code, 'ward') AND NOT starts_with(event_code, 'clinic')
    UNION ALL
    SELECT feeder_code, feeder_code, 'amount', NULL FROM read_csv('hospital1__feeders.csv', all_varchar = true)
),
spread AS (
    SELECT department_code || '/' || cost_type_code AS resource, distribution_code AS code,
           distribution_fraction::DECIMAL(18, 6) AS share
    FROM read_csv('model1__general_ledger_distribution.csv', all_varchar = true)
    UNION ALL
    -- What cost feeders itemise goes to the episodes by its amounts.
    SELECT model.new_department_code || '/' || model.new_cost_type_code, model.feeder_code, 1
    FROM read_csv('model1__feeder_model.csv', all_varchar = true) AS model
    JOIN read_csv('hospital1__feeders.csv', all_varchar = true) AS kind
      ON kind.feeder_code = model.feeder_code AND kind.feeder_type_code = 'C'
)
SELECT '*' AS organisation, spread.resource, spread.code AS activity, spread.share, coded.feed, coded.condition, coded.basis
FROM spread
LEFT JOIN coded ON coded.code = spread.code
ORDER BY resource, activity, feed, condition, basis
