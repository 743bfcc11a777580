import stylesUrl from 'swagger-ui-dist/swagger-ui.css?url';
import viewerUrl from 'swagger-ui-dist/swagger-ui-bundle.js?url';

/** What the viewer's script leaves behind. */
declare global {
  interface Window {
    SwaggerUIBundle?: (options: {
      url: string;
      dom_id: string;
      validatorUrl: null;
      tryItOutEnabled: boolean;
    }) => unknown;
  }
}

// As it is published: two files that only this page loads, and that no build of ours reads.
document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: stylesUrl }));
const script = Object.assign(document.createElement('script'), { src: viewerUrl });
script.addEventListener('load', () => {
  window.SwaggerUIBundle?.({
    url: '/api/openapi.json',
    dom_id: '#reference',
    // Otherwise it would ask a server elsewhere whether the document is valid.
    validatorUrl: null,
    tryItOutEnabled: true,
  });
});
document.head.append(script);
