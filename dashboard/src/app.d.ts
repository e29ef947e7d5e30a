declare global {
  namespace App {
    interface Platform {
      env: {
        /** The Worker with /api and /ws, by service binding. */
        API: { fetch(request: Request): Promise<Response> };
      };
    }
  }
}

export {};
