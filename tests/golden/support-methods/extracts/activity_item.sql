SELECT organisation, feed, event AS item_id, event AS event_id, day AS start, minutes FROM read_csv('activity.csv')
