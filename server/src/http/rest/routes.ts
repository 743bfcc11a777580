import { adminRoutes } from './admin-routes.ts';
import { newRoutes } from './new-routes.ts';
import type { ClosedRoute, RestRoute } from './route.ts';
import { tutorialRoutes } from './tutorial-routes.ts';

/** Every call of the REST face. */
export const routes: (RestRoute | ClosedRoute)[] = [...tutorialRoutes, ...adminRoutes, ...newRoutes];

export const isOpen = (route: RestRoute | ClosedRoute): route is RestRoute => 'procedure' in route;

/** What stands in the places of a path, as `id` of `/api/sessions/{id}`; undefined where the path is another. */
function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const given = found[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined && given !== '') params[name] = given;
    else if (part !== given) return undefined;
  }
  return params;
}

/** The routes of a path by their method, with what stands in its places. A fixed path goes before one with places. */
export function findRoutes(path: string) {
  const found = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params ? [{ route, params }] : [];
  });
  const fixed = found.filter(({ params }) => Object.keys(params).length === 0);
  return new Map((fixed.length > 0 ? fixed : found).map((entry) => [entry.route.method as string, entry]));
}
