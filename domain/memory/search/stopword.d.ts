declare module 'stopword' {
  export const eng: string[],
    deu: string[],
    fra: string[],
    spa: string[],
    ita: string[],
    por: string[],
    nld: string[],
    swe: string[],
    dan: string[]
  export const nob: string[],
    fin: string[],
    hun: string[],
    ron: string[],
    tur: string[],
    cat: string[],
    ces: string[],
    rus: string[],
    ara: string[]
  export const pol: string[], ukr: string[], ell: string[], heb: string[], hin: string[]
}
