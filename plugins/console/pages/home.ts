import type { Home } from '../../../domain/home/read-home.ts'

export interface HomePages {
  home: Home
}
