import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';

/** What both a D1 database and a session of it can do. */
export type Database = Pick<D1Database, 'prepare' | 'batch'>;

/** The query builder on either; it asks for nothing but `prepare` and `batch`, though its types want a whole database. */
export const queries = (database: Database): DrizzleD1Database => drizzle(database as D1Database);
