// What was announced to this page travels with its requests: any of several servers responds with it, or with newer data.
import { base } from "./addresses";

/** As the server writes tokens; nothing else gets into a cookie. */
const TOKEN = /^[\w.-]{1,200}$/;

export function rememberAnnounced(token: string | undefined): void {
  if (token && TOKEN.test(token)) document.cookie = `mes_announced=${token}; path=${base || "/"}; SameSite=Lax`;
}
