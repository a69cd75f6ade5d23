SELECT org AS organisation, src AS source, ev AS event_id, pid AS local_id, ds AS dataset, "from" AS start, "to" AS "end", setting FROM read_csv('data/events.csv')
