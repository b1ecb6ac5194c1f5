/** What every hostile text would do in a page that shows it as HTML. */
const act = 'window.hacked=1'

/** Texts of up to 60 characters, which fit every field. */
export const tiny = `'"><svg onload=${act}><%=7777*7%>`
/** Up to 100 characters: keys, tags, names. */
export const short = `"'></title><img src=x onerror=${act}>\u202Eb\u200B{{7777*7}}<%=7777*7%>`

/** A value with each way into a page: HTML, Markdown, templates, and characters that hide. */
export const long = [
  short,
  `<script>${act}</script>`,
  `</textarea></pre></option></select><script>${act}</script>`,
  `<iframe srcdoc="<script>parent.hacked=1</script>"></iframe><base href=//evil.example>`,
  `[link](javascript:${act}) [link](JaVaScRiPt&colon;${act}) <javascript:${act}>`,
  `[link](<java\tscript:${act}>) [link](vbscript:x) [link](data:text/html,<script>${act}</script>)`,
  `![image](javascript:${act}) ![image](https://evil.example/x.png) ![image](x "onerror=${act}")`,
  `[link][label] <a href="javascript:${act}">link</a> <style>*{display:none}</style>`,
  `[label]: javascript:${act}`,
  `| a |\n|:-:|\n| <img src=x onerror=${act}> |`,
  '```"><script>' + act + '</script>\n</code></pre><script>' + act + '</script>\n```',
  '<%= 7777*7 %> <%~ 7777*7 %> ${7777*7} #{7777*7} {{7777*7}} {%7777*7%}',
  `\u2028<scr\u200Bipt>\uFF1Cscript\uFF1E${act}\uFEFF<!--<![CDATA[`
].join('\n\n')

/** A value that is JSON, which its page indents. */
export const json = JSON.stringify({ [short]: long })

/** What a header may hold: printable ASCII. */
export const header = `Mozilla/5.0 '"><script>${act}</script><%=7777*7%>`

/** The result of the sums in the texts: a page that has it ran a template. */
export const SUM = '54439'
