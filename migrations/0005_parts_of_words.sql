-- A2: text of scripts without spaces is found by its parts: pairs of neighbouring characters of the line and of what it
-- printed, as words beside the scope's (worker/src/history/grams.ts). Null: there is none, or an older Worker wrote the
-- row, and the cron has not come to it (worker/src/history/reindex.ts). Nothing here reads or writes a row of commands.
DROP TRIGGER command_text_insert;
DROP TRIGGER command_text_update;
DROP TRIGGER command_text_delete;
ALTER TABLE commands DROP COLUMN scope;
ALTER TABLE commands ADD COLUMN line_grams TEXT;
ALTER TABLE commands ADD COLUMN output_grams TEXT;
ALTER TABLE commands ADD COLUMN scope TEXT GENERATED ALWAYS AS (who || ' s' || status || coalesce(' x' || replace(exit_code, '-', 'n'), '') || coalesce(' z ' || line_grams, '') || coalesce(' z ' || output_grams, '')) VIRTUAL;
-- Why it failed, in words; `error` is the code.
ALTER TABLE commands ADD COLUMN error_message TEXT;

-- One line each: D1 has stumbled over others.
CREATE TRIGGER command_text_insert AFTER INSERT ON commands BEGIN INSERT INTO command_text (rowid, scope, command, output) VALUES (new.id, new.scope, new.command, new.output); END;
CREATE TRIGGER command_text_update AFTER UPDATE ON commands WHEN old.scope IS NOT new.scope OR old.command IS NOT new.command OR old.output IS NOT new.output BEGIN INSERT INTO command_text (command_text, rowid, scope, command, output) VALUES ('delete', old.id, old.scope, old.command, old.output); INSERT INTO command_text (rowid, scope, command, output) VALUES (new.id, new.scope, new.command, new.output); END;
CREATE TRIGGER command_text_delete AFTER DELETE ON commands BEGIN INSERT INTO command_text (command_text, rowid, scope, command, output) VALUES ('delete', old.id, old.scope, old.command, old.output); END;

UPDATE deployment SET value = '5' WHERE key = 'schema';
