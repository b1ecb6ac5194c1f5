/**
 * The shapes of the Brave Search API's answers (api-dashboard.search.brave.com/documentation),
 * shortened.
 */
export const web = {
  type: 'search',
  query: { original: 'lighthouse granite', more_results_available: true },
  mixed: { type: 'mixed', main: [{ type: 'web', index: 0, all: false }] },
  web: {
    type: 'search',
    results: [
      {
        title: 'The <strong>granite</strong> lighthouse &amp; its keepers',
        url: 'https://harbour.example.com/lighthouse',
        is_source_local: false,
        description: 'The <strong>lighthouse</strong> was built of granite in 1886. It&#x27;s lit every night.',
        page_age: '2026-01-15T08:00:00',
        age: 'January 15, 2026',
        profile: { name: 'Harbour News', url: 'https://harbour.example.com/lighthouse', long_name: 'harbour.example.com' },
        language: 'en',
        family_friendly: true,
        type: 'search_result',
        subtype: 'generic',
        meta_url: { scheme: 'https', netloc: 'harbour.example.com', hostname: 'harbour.example.com', favicon: '', path: '› lighthouse' },
        extra_snippets: ['A story that was told often says 1890; the builder\'s own books say 1886.']
      },
      { title: 'No address', url: 'javascript:alert(1)', description: 'x' },
      { title: 'Myths of the coast', url: 'https://myths.example.com/coast', description: 'It is a myth that the granite lighthouse was built in 1890.', meta_url: { hostname: 'myths.example.com' } }
    ]
  }
}

export const news = {
  type: 'news',
  query: { original: 'lighthouse' },
  results: [{
    type: 'news_result',
    url: 'https://harbour.example.com/news/1',
    title: 'Lighthouse relit',
    description: 'After a week of repairs.',
    age: '2 days ago',
    page_age: '2026-11-22T07:30:00',
    page_fetched: '2026-11-22T08:00:00Z',
    breaking: false,
    thumbnail: { src: 'https://imgs.search.brave.com/abc' },
    meta_url: { scheme: 'https', netloc: 'harbour.example.com', hostname: 'harbour.example.com', path: '› news' }
  }]
}

export const images = {
  type: 'images',
  query: { original: 'lighthouse' },
  results: [{
    type: 'image_result',
    title: 'A lighthouse at night',
    url: 'https://photos.example.com/night',
    source: 'photos.example.com',
    page_fetched: '2026-10-01T00:00:00Z',
    thumbnail: { src: 'https://imgs.search.brave.com/def', width: 500, height: 333 },
    properties: { url: 'https://photos.example.com/night.jpg', placeholder: 'https://imgs.search.brave.com/ghi', width: 1920, height: 1280 },
    meta_url: { hostname: 'photos.example.com' },
    confidence: 'high'
  }]
}

export const videos = {
  type: 'videos',
  query: { original: 'lighthouse' },
  results: [{
    type: 'video_result',
    url: 'https://www.youtube.com/watch?v=abcdefghijk',
    title: 'Inside the lighthouse',
    description: 'A visit.',
    age: 'March 3, 2026',
    page_age: '2026-03-03T10:00:00',
    video: { duration: '08:21', views: 1234, creator: 'Coast Channel', publisher: 'YouTube', requires_subscription: false },
    thumbnail: { src: 'https://imgs.search.brave.com/jkl' },
    meta_url: { hostname: 'www.youtube.com' }
  }]
}
