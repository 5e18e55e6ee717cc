/// An 8-bit sRGB colour.
public struct RGBColor: Equatable, Hashable, Sendable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

/// One class of a model or of a data set.
public struct ClassInfo: Equatable, Sendable {
  /// The id in files (COCO's `category_id`); the semantic channel is the class's place in the table.
  public var id: Int
  public var name: String
  /// Countable objects are things; their pixels also belong to an instance.
  public var isThing: Bool
  public var color: RGBColor?

  public init(id: Int, name: String, isThing: Bool, color: RGBColor? = nil) {
    self.id = id
    self.name = name
    self.isThing = isThing
    self.color = color
  }
}
